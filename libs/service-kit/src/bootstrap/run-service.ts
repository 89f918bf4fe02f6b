/**
 * The whole main.ts of a service. The order is the point: identity before the first byte, the application before the lease, and at the end everyone
 * else knows that this replica leaves before it stops answering.
 */
import { type IngressOptions, type Sidecar, startSidecar } from '@meshmart/sidecar'
import type { INestApplicationContext, Type } from '@nestjs/common'
import type { z } from 'zod'
import { systemClock } from '../clock.ts'
import { Log } from '../log/log.ts'
import { readSettings, type SettingsOf } from '../settings/settings.ts'
import { createApplication } from './application.ts'

export interface Service<S extends z.ZodObject> {
  readonly module: Type
  /** The service's own settings; the sidecar's are added. */
  readonly settings: S
  /** Edge only: the public port that the Gateway resources of `selector` are bound to. */
  readonly ingress?: (settings: SettingsOf<S>) => IngressOptions
}

/** sysexits.h EX_CONFIG */
const badSettings = 78
const failed = 1
/** Kubernetes kills after 30 s by default; an own last word comes before. */
const shutdownLimitMs = 25_000

/** Runs until SIGTERM or SIGINT; ends the process with 0, with 78 for wrong settings, with 1 for any other failure. */
export async function runService<S extends z.ZodObject>(service: Service<S>): Promise<void> {
  let log: Log | undefined
  try {
    const settings = readSettings(service.settings, process.env)
    log = new Log({ level: settings.LOG_LEVEL, service: settings.MESH_WORKLOAD, instance: settings.MESH_INSTANCE })
    await start(service, settings, log)
  } catch (error) {
    // The sidecar finds out later that a file or an address is wrong, and says it in the same form.
    if (error instanceof Error && error.message.startsWith('settings: ')) {
      process.stderr.write(`${error.message}\n`)
      process.exit(badSettings)
    }
    if (log) log.error('the service could not start', { error })
    else process.stderr.write(`${String(error)}\n`)
    process.exit(failed)
  }
}

async function start<S extends z.ZodObject>(service: Service<S>, settings: SettingsOf<S>, log: Log): Promise<void> {
  const sidecar = await startSidecar(settings, { log, fetchGlobally: true })
  const shutdown = new AbortController()
  const app = await createApplication({
    module: service.module,
    settings,
    mesh: sidecar,
    log,
    clock: systemClock,
    shutdown: shutdown.signal,
    createServer: (listener) => sidecar.createInboundServer(listener),
  })
  stopOnSignal(app, sidecar, shutdown, log)
  await app.init()
  await app.getHttpAdapter().getInstance().ready()
  await sidecar.open()
  if (service.ingress) await sidecar.openIngress(service.ingress(settings))
  log.info('ready', { identity: sidecar.identity })
}

function stopOnSignal(app: INestApplicationContext, sidecar: Sidecar, shutdown: AbortController, log: Log): void {
  let stopping = false
  const stop = async (why: string, exitCode: number): Promise<void> => {
    if (stopping) return
    stopping = true
    log.info('stopping', { why })
    setTimeout(() => {
      log.error('stopping took too long', { limitMs: shutdownLimitMs })
      process.exit(failed)
    }, shutdownLimitMs).unref()
    try {
      shutdown.abort()
      await sidecar.drain()
      await app.close()
      await sidecar.close()
      process.exit(exitCode)
    } catch (error) {
      log.error('stopping failed', { error })
      process.exit(failed)
    }
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal, 0))
  // What nobody caught has left the process in a state that nobody knows: finish what runs, then let a fresh one take over.
  const crash = (error: unknown): void => {
    log.error('a failure that nobody caught', { error })
    void stop('uncaught failure', failed)
  }
  process.on('uncaughtException', crash)
  process.on('unhandledRejection', crash)
}
