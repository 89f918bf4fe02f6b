/** What every part of a service may inject without asking: settings, sidecar, clock, log; and the one filter and the one pipe of all requests. */
import type { Sidecar } from '@meshmart/sidecar'
import { type DynamicModule, Module } from '@nestjs/common'
import { APP_FILTER, APP_PIPE } from '@nestjs/core'
import { CLOCK, type Clock } from '../clock.ts'
import { ProblemFilter } from '../http/problem-filter.ts'
import { RouteTable } from '../http/route-table.ts'
import { ValidationPipe } from '../http/validation-pipe.ts'
import { Log } from '../log/log.ts'
import { SETTINGS } from '../settings/settings.ts'
import { MESH, SHUTDOWN } from './tokens.ts'

/** What the kit's parts ask of the sidecar; the rest is for `runService`. */
export type Mesh = Pick<Sidecar, 'identity' | 'nats' | 'addReadinessCheck' | 'addFigure'>

export interface KitParts {
  readonly settings: object
  readonly mesh: Mesh
  readonly log: Log
  readonly clock: Clock
  readonly shutdown: AbortSignal
  readonly routes: RouteTable
}

@Module({})
export class KitModule {
  static forParts({ settings, mesh, log, clock, shutdown, routes }: KitParts): DynamicModule {
    return {
      module: KitModule,
      global: true,
      providers: [
        { provide: SETTINGS, useValue: settings },
        { provide: MESH, useValue: mesh },
        { provide: CLOCK, useValue: clock },
        { provide: Log, useValue: log },
        { provide: SHUTDOWN, useValue: shutdown },
        { provide: RouteTable, useValue: routes },
        ProblemFilter,
        { provide: APP_FILTER, useExisting: ProblemFilter },
        { provide: APP_PIPE, useClass: ValidationPipe },
      ],
      exports: [SETTINGS, MESH, CLOCK, Log, SHUTDOWN],
    }
  }
}
