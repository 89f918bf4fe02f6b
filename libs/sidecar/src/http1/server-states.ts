/** What a client's connection is doing, in its two directions. Which state follows which is said where it is entered: server-input.ts and server-connection.ts. */

/** What the reading side waits for. The order counts: from `refused` on nothing more is read as HTTP. */
export const Input = {
  head: 0,
  length: 1,
  chunked: 2,
  /** The request is whole; its answer is not. */
  answer: 3,
  upgrade: 4,
  /** Refused: nothing more is read as HTTP. */
  refused: 5,
  /** Our side is closed; what still comes is thrown away, because closing over unread bytes would be a reset that can take the answer with it. */
  linger: 6,
  gone: 7,
} as const
export type Input = (typeof Input)[keyof typeof Input]

/** Of the current request. */
export const Answer = { none: 0, begun: 1, ended: 2 } as const
export type Answer = (typeof Answer)[keyof typeof Answer]
