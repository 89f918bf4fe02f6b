/**
 * What comes from outside and must not be believed: fields that only the mesh sets are taken out before anything looks at them, and who the caller is is
 * written by us.
 */
import type { IncomingMessage } from 'node:http'
import { DEADLINE_HEADER } from '@meshmart/mesh-policy'
import { FieldLines } from '../http1/fields.ts'
import { FORWARDED_CLIENT_CERT } from '../inbound/identify.ts'
import { connectionOf } from '../inbound/inbound-connection.ts'
import { appendField, removeField } from '../inbound/request-fields.ts'
import { endToEndFields } from '../outbound/request-fields.ts'
import { removeOwnFields } from '../outbound/request-head.ts'
import { isTraceparent } from '../telemetry/trace-context.ts'
import { tlsServerOf } from './secured-connection.ts'
import type { Forwarded } from './trusted-proxies.ts'

const ONLY_OURS: readonly string[] = [
  'x-customer-id',
  'x-mesh-instance',
  'x-request-id',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-envoy-external-address',
  'forwarded',
  FORWARDED_CLIENT_CERT,
  DEADLINE_HEADER,
]

/**
 * Changes `request` in place, for whoever it is delivered to in this process. What the answer makes of it, before anybody has changed it again, are the fields that
 * go on to a peer, without those that the mesh writes itself: most requests end in this process and need none.
 * @param requestId made by the edge @param forwarded what trusted proxies before it have said
 */
export function sanitise(request: IncomingMessage, requestId: string, forwarded: Forwarded): () => FieldLines {
  const { headers, socket } = request
  const drop = (name: string): void => {
    if (headers[name] !== undefined) removeField(request, name)
  }
  if (headers.traceparent !== undefined && !isTraceparent(String(headers.traceparent))) {
    drop('traceparent')
    drop('tracestate')
  }
  for (const name of ONLY_OURS) drop(name)
  const scheme = forwarded.scheme ?? (tlsServerOf(socket) === null ? 'http' : 'https')
  const address = socket.remoteAddress ?? ''
  const chain = forwarded.chain === null ? address : `${forwarded.chain}, ${address}`
  const own = ['x-forwarded-for', chain, 'x-forwarded-proto', scheme]
  if (forwarded.client !== null) own.push('x-envoy-external-address', forwarded.client)
  const { forwardedClientCert } = connectionOf(socket)
  if (forwardedClientCert !== null) own.push(FORWARDED_CLIENT_CERT, forwardedClientCert)
  const { rawHeaders } = request
  const came = rawHeaders.length
  // None of them is there any more.
  for (let index = 0; index < own.length; index += 2) appendField(request, own[index] ?? '', own[index + 1] ?? '')
  appendField(request, 'x-request-id', requestId)
  return () => {
    const lines = rawHeaders.slice(0, came).map((part, index) => (index % 2 === 0 ? part.toLowerCase() : part))
    // Ours come behind: a client that calls them hop-by-hop does not get rid of them.
    const fields = FieldLines.of([...endToEndFields(lines), ...own])
    removeOwnFields(fields)
    return fields
  }
}
