/** The service's own module in the same Nest and Fastify as in production, asked through `inject`; the mesh before it is the e2e suites' matter. */
import type { Type } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { createApplication } from '../bootstrap/application.ts'
import type { Mesh } from '../bootstrap/kit-module.ts'
import { type Clock, systemClock } from '../clock.ts'
import { Log } from '../log/log.ts'

export interface TestApplicationOptions {
  readonly module: Type
  /** Frozen settings as `SETTINGS` gives them; MESH_WORKLOAD and MESH_INSTANCE name the log. */
  readonly settings: { readonly MESH_WORKLOAD: string; readonly [name: string]: unknown }
  readonly clock?: Clock
  /** Aborted by the test where it plays the end of the process. */
  readonly shutdown?: AbortSignal
  /** For services that publish or handle events. */
  readonly nats?: Mesh['nats']
  /** Gets every log line; dropped where it is not given. */
  readonly logLines?: (line: string) => void
}

/** Initialised and ready for `app.inject`; close it with `app.close()`. */
export async function createTestApplication(options: TestApplicationOptions): Promise<NestFastifyApplication> {
  const service = options.settings.MESH_WORKLOAD
  const mesh = {
    identity: `spiffe://cluster.local/ns/meshmart/sa/${service}`,
    addReadinessCheck: () => undefined,
    addFigure: () => undefined,
    get nats(): Mesh['nats'] {
      if (!options.nats) throw new Error('this test application was given no NATS connection')
      return options.nats
    },
  }
  const app = await createApplication({
    module: options.module,
    settings: options.settings,
    mesh,
    clock: options.clock ?? systemClock,
    shutdown: options.shutdown ?? new AbortController().signal,
    log: new Log({
      level: 'debug',
      service,
      instance: `${service}-test`,
      destination: { write: (line) => options.logLines?.(line) },
    }),
  })
  await app.init()
  await app.getHttpAdapter().getInstance().ready()
  return app
}
