/** Work that is looked for again and again: at once while there is more, and after a pause where there was nothing or it failed. */
import { setTimeout as sleep } from 'node:timers/promises'
import { type Log, wordsOf } from '@meshmart/contracts/log'

/** Ends when `stop` aborts, after the round that is under way. @param round answers how much it found */
export async function goRound(
  name: string,
  pauseMs: number,
  round: () => Promise<number>,
  stop: AbortSignal,
  log: Log,
): Promise<void> {
  while (!stop.aborted) {
    let found = 0
    try {
      found = await round()
    } catch (error) {
      log.write('warn', `${name} failed and is tried again`, { error: wordsOf(error) })
    }
    if (found > 0) continue
    try {
      await sleep(pauseMs, undefined, { signal: stop })
    } catch {
      return // told to stop while it slept
    }
  }
}
