/** The sidecar as a process of its own: settings, log, signals. What it consists of is in libs/sidecar/src/process. */
import {
  EXIT_CONFIG,
  JsonLog,
  processSettingsShape,
  readSettings,
  startSidecarProcess,
} from '@meshmart/sidecar/process'
import * as z from 'zod'
import { compactHeap } from './compact-heap.ts'

const FAILED = 1
/** By then what the start needed is done with. */
const COMPACT_AFTER_MS = 1000
/** Kubernetes kills after 30 s by default; an own last word comes before. */
const STOP_WITHIN_MS = 25_000

try {
  const settings = readSettings(z.object(processSettingsShape), process.env)
  const log = new JsonLog(settings.MESH_INSTANCE, settings.LOG_LEVEL)
  const sidecar = await startSidecarProcess(settings, log)
  setTimeout(compactHeap, COMPACT_AFTER_MS).unref()
  let stopping = false
  const stop = async (why: string, exitCode: number): Promise<void> => {
    if (stopping) return
    stopping = true
    log.info('stopping', { why })
    setTimeout(() => process.exit(FAILED), STOP_WITHIN_MS).unref()
    await sidecar.close()
    process.exit(exitCode)
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal, 0))
} catch (error) {
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${text}\n`)
  process.exit(text.startsWith('settings: ') ? EXIT_CONFIG : FAILED)
}
