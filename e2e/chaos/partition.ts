/**
 * Cuts a service off from whoever calls it, by the mesh's own fault injection and with the operator's own tool: every caller's sidecar answers 503 in its place.
 * The control plane is broken, too, while this goes on: the other replica is asked where one is silent, and mending is tried until it is done.
 */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { clone } from '../testing/shop-under-test.ts'

const execute = promisify(execFile)
const PROGRAM = join(clone, 'apps/meshctl/bin/meshctl.js')
/** Of one try; a frozen replica of the control plane takes connections and says nothing. */
const ANSWERS_WITHIN_MS = 4_000
const PAUSE_MS = 500
/** No fault of ours keeps the control plane away for longer. */
const MENDED_WITHIN_MS = 60_000
/** Who cannot cut a service off by then lets it be: the fault is counted as one that hit nobody. */
const CUT_WITHIN_MS = 10_000

/** @returns false where the control plane was away all the time: then the service may or may not be cut off. @throws where `signal` aborts */
export async function cutOff(home: string, service: string, signal: AbortSignal): Promise<boolean> {
  return (await persist(home, ['set', service, '--abort', '503'], CUT_WITHIN_MS, signal)) === null
}

/** May be done again, and where nothing was cut off. @throws Error where the control plane is away for too long, and where `signal` aborts */
export async function mend(home: string, service: string, signal: AbortSignal): Promise<void> {
  const failure = await persist(home, ['clear', service], MENDED_WITHIN_MS, signal)
  if (failure !== null) throw new Error(`${service} stays cut off: ${failure}`)
}

/** @returns null once it is done, else why the last try has failed */
async function persist(
  home: string,
  words: readonly string[],
  patienceMs: number,
  signal: AbortSignal,
): Promise<string | null> {
  const urls = readFileSync(join(home, 'secrets/mesh/public/control-plane'), 'utf8').trim().split(',')
  const until = performance.now() + patienceMs
  for (;;) {
    const args = ['fault', ...words, '--namespace', 'meshmart', '--control-plane', urls.join(',')]
    const failure = await execute(process.execPath, [PROGRAM, ...args], {
      // Nothing of ours: another control plane may be named there.
      env: { MESHMART_HOME: home },
      timeout: ANSWERS_WITHIN_MS,
      signal,
    }).then(() => null, reasonOf)
    if (failure === null) return null
    signal.throwIfAborted()
    if (performance.now() > until) return failure
    urls.push(urls.shift()!)
    await sleep(PAUSE_MS, undefined, { signal })
  }
}

const reasonOf = (error: Error & { stderr?: string }): string => error.stderr?.trim() || error.message
