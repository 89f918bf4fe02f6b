/**
 * What comes from outside and must not be believed: fields that only the mesh sets are taken out before anything looks at them, and who the caller is is
 * written by us.
 */
import type { IncomingMessage } from 'node:http'
import { DEADLINE_HEADER } from '@meshmart/mesh-policy'
import { FieldLines } from '../http1/fields.ts'
import { endToEndFields, filterFields } from '../outbound/request-fields.ts'
import { removeOwnFields } from '../outbound/request-head.ts'
import { isTraceparent } from '../telemetry/trace-context.ts'

const ONLY_OURS: ReadonlySet<string> = new Set([
  'x-customer-id',
  'x-mesh-instance',
  'x-request-id',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'forwarded',
  DEADLINE_HEADER,
])

/**
 * Changes `request` in place, for whoever it is delivered to in this process, and gives the fields that go on to a peer, without those that the mesh writes itself.
 * @param requestId made by the edge
 */
export function sanitise(request: IncomingMessage, requestId: string): FieldLines {
  const malformedTrace =
    request.headers.traceparent !== undefined && !isTraceparent(String(request.headers.traceparent))
  const drop = (name: string): boolean =>
    ONLY_OURS.has(name) || (malformedTrace && (name === 'traceparent' || name === 'tracestate'))
  const raw = request.rawHeaders.map((part, index) => (index % 2 === 0 ? part.toLowerCase() : part))
  const kept = filterFields(raw, (name) => !drop(name))
  const own = [
    'x-forwarded-for',
    request.socket.remoteAddress ?? '',
    'x-forwarded-proto',
    'http',
    'x-request-id',
    requestId,
  ]
  request.rawHeaders = [...kept, ...own]
  for (const name of Object.keys(request.headers)) if (drop(name)) delete request.headers[name]
  for (let index = 0; index < own.length; index += 2) request.headers[own[index] ?? ''] = own[index + 1]
  const fields = FieldLines.of([...endToEndFields(kept), ...own.slice(0, 4)])
  removeOwnFields(fields)
  return fields
}
