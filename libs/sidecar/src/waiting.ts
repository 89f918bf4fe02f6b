/** Waiting for a part of the mesh that starts at the same time as we do: with a line in the log each time, and an end that names the setting. */
import { setTimeout as pause } from 'node:timers/promises'
import { reasonOf, type SidecarLog } from './log.ts'

const PAUSE_MS = 1000

/**
 * @param attempt tried again until it resolves
 * @param isFinal errors after which waiting is pointless
 * @throws Error that names `setting`, where it did not come in time
 */
export async function waitFor<T>(
  what: { readonly name: string; readonly setting: string; readonly limitMs: number },
  log: SidecarLog,
  attempt: () => Promise<T>,
  isFinal: (error: unknown) => boolean,
): Promise<T> {
  const end = Date.now() + what.limitMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (isFinal(error)) throw error
      if (Date.now() + PAUSE_MS >= end) {
        const seconds = Math.round(what.limitMs / 1000)
        throw new Error(
          `settings: ${what.setting}: ${what.name} did not answer within ${seconds} s: ${reasonOf(error)}`,
          { cause: error },
        )
      }
      log.info(`waiting for ${what.name}`, { setting: what.setting, reason: reasonOf(error) })
    }
    await pause(PAUSE_MS)
  }
}
