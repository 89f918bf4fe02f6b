/**
 * When a process that keeps ending is not started again. Ends that it brought upon itself soon after its start say that the next start will go no better;
 * whoever lived for a while is as good as new, and a signal from outside (`kill -9`, which this shop invites) says nothing about it at all.
 */
export const TOO_MANY_CRASHES = 5
const HEALTHY_AFTER_MS = 10_000
/** sysexits.h EX_CONFIG: a setting is wrong, and will be next time. */
const WRONG_SETTING = 78
const FROM_OUTSIDE: ReadonlySet<NodeJS.Signals> = new Set(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'])

export interface End {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** Milliseconds from its start. */
  readonly livedMs: number
}

export class Crashes {
  #inARow = 0

  /** Why it is not started again, or undefined where it is. */
  remember({ code, signal, livedMs }: End): string | undefined {
    if (code === WRONG_SETTING) return 'a setting is wrong'
    if (signal !== null && FROM_OUTSIDE.has(signal)) return undefined
    this.#inARow = livedMs >= HEALTHY_AFTER_MS ? 1 : this.#inARow + 1
    return this.#inARow >= TOO_MANY_CRASHES ? `${this.#inARow} times in a row, soon after its start` : undefined
  }
}
