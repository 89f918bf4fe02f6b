/** Nest on Fastify the way every service runs it; `runService` and the tests build the same application. */
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { type DynamicModule, Module, type Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { parseJsonStrictly } from '../http/json-body.ts'
import { ProblemFilter } from '../http/problem-filter.ts'
import { RouteTable } from '../http/route-table.ts'
import { nestLogger } from '../log/log.ts'
import { KitModule, type KitParts } from './kit-module.ts'

@Module({})
class Root {}

/** Hands Fastify's failures on as they are: Nest would reduce them to their status, and an empty body to the same 400 as a wrong field. */
class Adapter extends FastifyAdapter {
  override mapException(error: unknown): unknown {
    return error
  }
}

/** Bytes of a request body at most; an order with fifty lines is far below it. */
const bodyLimit = 64 * 1024

export interface ApplicationOptions extends Omit<KitParts, 'routes'> {
  readonly module: Type | DynamicModule
  /** `sidecar.createInboundServer`; Fastify's own server where it is not given. */
  readonly createServer?: (listener: RequestListener) => Server
}

/** Creates the application; nothing has run yet but the constructors. */
export async function createApplication(options: ApplicationOptions): Promise<NestFastifyApplication> {
  const { module, createServer, log } = options
  const routes = new RouteTable()
  let filter: ProblemFilter | undefined
  const adapter = new Adapter({
    bodyLimit,
    ...(createServer
      ? {
          serverFactory: (handler: (request: IncomingMessage, response: ServerResponse) => void) =>
            createServer(handler),
        }
      : {}),
    // A target that the router cannot decode never reaches Nest.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      filter?.answer(error, request, reply),
  })
  routes.watch(adapter.getInstance())
  // JSON alone: what else a form or a text would be read as is nobody's contract.
  adapter.getInstance().removeContentTypeParser('text/plain')
  parseJsonStrictly(adapter.getInstance())
  const root: DynamicModule = { module: Root, imports: [KitModule.forParts({ ...options, routes }), module] }
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    logger: nestLogger(log),
    abortOnError: false,
    bodyParser: false,
  })
  filter = app.get(ProblemFilter)
  return app
}
