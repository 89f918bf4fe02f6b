/** Asking until there is an answer, as a careful client does. */
import { setTimeout as sleep } from 'node:timers/promises'
import { delayMs, type Rhythm } from '@meshmart/mesh-policy'
import { isNoAnswer, type Answer } from '../testing/client.ts'

/** How long a client goes on asking for an answer. */
const PATIENCE_MS = 30_000
/** Many who lost the same server must not keep it from coming back: they ask less and less often, and not in step. */
const again: Rhythm = { firstMs: 1_000, factor: 2, maxMs: 4_000 }

/** What a customer knows of the time: that of the run, how long to go on looking after an order, and in [0, 1) how much longer to wait than they must. */
export interface Pace {
  readonly elapsedMs: () => number
  /** Of the run, in milliseconds: by then every accepted order has come to its end. */
  readonly endsByMs: number
  /** Of the run: who has not changed their mind by then no longer does, so that the shop can come to rest. */
  readonly wishesUntilMs: number
  readonly jitter: () => number
}

/** What an answer says of when to come again; 0 where it does not. */
export const millisecondsOf = (said: Answer | null): number => Number(said?.headers.get('retry-after') ?? 0) * 1000

/** Asks again after a broken connection, after each 5xx and where the shop is too busy: none of them is an answer. Where the shop says when, not before that. */
export async function persist(
  ask: () => Promise<Answer>,
  { elapsedMs, jitter }: Pick<Pace, 'elapsedMs' | 'jitter'>,
): Promise<{ answer: Answer | null; tries: number; failure: string | null }> {
  const until = elapsedMs() + PATIENCE_MS
  let failure: string | null = null
  for (let tries = 1; ; tries++) {
    let atLeastMs = 0
    try {
      const answer = await ask()
      if (!isNoAnswer(answer)) return { answer, tries, failure: null }
      failure = `HTTP ${answer.status}`
      atLeastMs = millisecondsOf(answer)
    } catch (error) {
      failure = causeOf(error)
    }
    const pauseMs = atLeastMs === 0 ? delayMs(again, tries, jitter) : atLeastMs + jitter() * 1_000
    if (elapsedMs() + pauseMs > until) return { answer: null, tries, failure }
    await sleep(pauseMs)
  }
}

const causeOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException
  return code ?? message
}
