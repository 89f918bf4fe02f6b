/** Time is an argument: whoever decides by it injects CLOCK, and a test turns the hands. */
export interface Clock {
  now(): Date
}

/** Injection token of the Clock. */
export const CLOCK = Symbol('clock')

export const systemClock: Clock = { now: () => new Date() }
