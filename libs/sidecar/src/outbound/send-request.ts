/** What a try at an endpoint and a call to the application do alike: how a request leaves on a connection, and when it may leave once more on a fresh one. */
import { isSafeToRepeat } from '@meshmart/mesh-policy'
import type { ClientConnection, ClientFailure } from '../http1/client-call.ts'
import type { BodyConsumer, RequestBody } from './request-body.ts'

/** @param head start line and field lines, without the empty line @param consumer gets of the body what has not come yet */
export function sendRequest(
  connection: ClientConnection,
  head: string,
  body: RequestBody | null,
  consumer: BodyConsumer,
): void {
  if (body === null) {
    connection.start(head, null, 'none', true)
    return
  }
  const first = body.feed(consumer)
  const whole = body.complete && body.trailers === null
  const room = connection.start(head, first, body.length < 0 ? 'chunked' : 'length', whole, body.codings)
  if (whole) return
  if (body.complete) connection.end(body.trailers?.write() ?? null)
  else if (room) body.resume()
}

/** The keep-alive race: a connection that served before broke without a byte of an answer, and what was asked may be asked again. */
export function isKeepAliveRace(
  { kind, reused, sent }: ClientFailure,
  request: {
    readonly method: string
    readonly body: RequestBody | null
    header(name: string): string | undefined
  },
): boolean {
  const { method, body } = request
  if (kind !== 'reset' || !reused || (body !== null && !body.replayable)) return false
  const hasIdempotencyKey = request.header('idempotency-key') !== undefined
  return isSafeToRepeat({ kind: 'reset', status: 0, grpcStatus: -1, requestSent: sent }, { method, hasIdempotencyKey })
}
