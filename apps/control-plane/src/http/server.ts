/**
 * One HTTPS server for all: TLS 1.3, a client certificate asked for but not demanded, because a workload that joins has none yet. What a
 * missing certificate closes is decided route by route.
 */
import { constants } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Logger } from 'pino'
import type { OwnIdentity } from '../identity/own-identity.ts'
import type { Caller } from './caller.ts'
import { answer, answerProblem, HttpProblem } from './problem.ts'
import type { Route } from './route.ts'

export interface HttpOptions {
  readonly address: string
  readonly port: number
  readonly own: OwnIdentity
  readonly caller: Caller
  readonly routes: readonly Route[]
  readonly log: Logger
}
export interface HttpDoor {
  /** The port that it listens at; differs from the setting where that is 0. */
  readonly port: number
  /** Takes no new requests and lets those in flight end, for at most `graceMs`. */
  close(graceMs: number): Promise<void>
}

export async function openHttp(options: HttpOptions): Promise<HttpDoor> {
  const { own, log } = options
  const tls = () => ({
    ...own.current,
    minVersion: 'TLSv1.3' as const,
    requestCert: true,
    rejectUnauthorized: false,
    // A resumed session would carry a client certificate past its end.
    secureOptions: constants.SSL_OP_NO_TICKET,
  })
  const limits = { headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 30_000, maxHeaderSize: 16_384 }
  const server = createServer({ ...tls(), ...limits }, (request, response) => void respond(request, response, options))
  own.onRenewal(() => server.setSecureContext(tls()))
  server.on('tlsClientError', (error, socket) =>
    log.debug({ reason: error.message, peer: socket.remoteAddress }, 'TLS refused'),
  )
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port, options.address, resolve)
  })
  return { port: (server.address() as AddressInfo).port, close: (graceMs) => closeServer(server, graceMs) }
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeIdleConnections()
  const forced = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearTimeout(forced)
}

async function respond(request: IncomingMessage, response: ServerResponse, options: HttpOptions): Promise<void> {
  try {
    const { status, body } = await dispatch(request, options)
    answer(response, status, body)
  } catch (error) {
    if (!(error instanceof HttpProblem)) options.log.error({ err: error, url: request.url }, 'request failed')
    if (response.headersSent || response.destroyed) return void response.destroy()
    // What is left of a body that was not read would be taken for the next request.
    if (!request.complete) response.setHeader('connection', 'close')
    answerProblem(response, error instanceof HttpProblem ? error : new HttpProblem('internal-error'))
  }
}

function dispatch(request: IncomingMessage, { routes, caller }: HttpOptions): ReturnType<Route['handle']> {
  const [path = '', ...query] = (request.url ?? '').split('?')
  const matching = routes.filter((route) => route.path.test(path))
  const route = matching.find((each) => each.method === request.method)
  if (route === undefined) throw new HttpProblem(matching.length === 0 ? 'not-found' : 'method-not-allowed')
  const parameters = (route.path.exec(path) ?? []).slice(1).map(decode)
  return route.handle({
    request,
    peer: caller(request),
    parameters,
    query: new URLSearchParams(query.join('?')),
  })
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new HttpProblem('not-found')
  }
}
