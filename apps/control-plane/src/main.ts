/** The control plane's process: settings, log, signals. What it consists of is in control-plane.ts. */
import { setFlagsFromString } from 'node:v8'
import { pino } from 'pino'
import { startControlPlane, type ControlPlane } from './control-plane.ts'
import { readSettings, SettingsError, type Settings } from './settings.ts'

// Each change of a large configuration leaves megabytes behind. V8 would let the heap grow to a multiple of what is in use before it looks for them.
setFlagsFromString('--heap-growing-percent=40')

const EXIT_CONFIG = 78
/** Whatever hangs, the process is gone before an orchestrator loses its patience. */
const STOP_WITHIN_MS = 2_000

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env)
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error
    process.stderr.write(`${error.message}\n`)
    process.exit(EXIT_CONFIG)
  }
}

const settings = settingsOrExit()
const log = pino({ name: 'control-plane', level: settings.LOG_LEVEL })
let running: ControlPlane | null = null
let stopping = false

async function stop(signal: string): Promise<void> {
  if (stopping) return
  stopping = true
  log.info({ signal }, 'stopping')
  setTimeout(() => {
    log.error('not stopped in time')
    process.exit(1)
  }, STOP_WITHIN_MS).unref()
  // While it still waits for NATS there is nothing that others could miss.
  await running?.stop()
  process.exit(0)
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    stop(signal).catch((error: unknown) => {
      log.error({ err: error }, 'stopped with an error')
      process.exit(1)
    })
  })
}

try {
  running = await startControlPlane(settings, log)
  log.info({ port: running.port, address: settings.CONTROL_PLANE_ADDRESS }, 'control plane is up')
} catch (error) {
  log.fatal({ err: error }, 'control plane could not start')
  process.exit(1)
}
