/** A request from outside: an outbound exchange whose answer is written to a browser. It may end in this very process, or at a peer in the mesh. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AuthorizationDecision } from '@meshmart/mesh-policy'
import type { FieldLines } from '../http1/fields.ts'
import type { PeerIdentity } from '../identity/peer-identity.ts'
import type { GuardPolicy } from '../inbound/guard-policy.ts'
import type { GuardedExchange } from '../inbound/guarded-exchange.ts'
import { connectionOf, type InboundConnection } from '../inbound/inbound-connection.ts'
import type { VerifiedToken } from '../inbound/jwt/verified-token.ts'
import { OutboundExchange, type ResponseSink } from '../outbound/outbound-exchange.ts'
import type { Span } from '../telemetry/tracer.ts'
import { bodyOfNode } from './node-body.ts'

export class IngressExchange extends OutboundExchange implements GuardedExchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly connection: InboundConnection
  policy: GuardPolicy | null
  peer: PeerIdentity | null
  jwt: VerifiedToken | null
  decision: AuthorizationDecision | null
  auditedBy: string | null
  span: Span | null
  /** The body is for the application in this process, which reads the request itself. */
  deliveredHere: boolean

  constructor(request: IncomingMessage, response: ServerResponse, fields: FieldLines, sink: ResponseSink) {
    const connection = connectionOf(request.socket)
    super(
      request.method ?? 'GET',
      request.url ?? '/',
      request.headers.host ?? '',
      fields,
      bodyOfNode(request),
      sink,
      connection.sourceIp,
    )
    this.request = request
    this.response = response
    this.connection = connection
    this.policy = null
    this.peer = connection.peer
    this.jwt = null
    this.decision = null
    this.auditedBy = null
    this.span = null
    this.deliveredHere = false
  }

  /** The edge believes nobody's word about where a request comes from. */
  override get remoteIp(): string {
    return this.connection.sourceIp
  }

  eachHeader(visit: (name: string, value: string) => void): void {
    this.fields.forEach(visit)
  }

  addResponseHeader(name: string, value: string): void {
    if (!this.response.headersSent) this.response.appendHeader(name, value)
  }

  // The application in this process must see what a peer would: both copies change.
  override setHeader(name: string, value: string): void {
    super.setHeader(name, value)
    this.#removeFromRequest(name)
    this.#addToRequest(name, value)
  }
  override addHeader(name: string, value: string): void {
    super.addHeader(name, value)
    this.#addToRequest(name, value)
  }
  override removeHeader(name: string): void {
    super.removeHeader(name)
    this.#removeFromRequest(name)
  }

  override responseHeader(name: string): string | undefined {
    if (!this.deliveredHere) return super.responseHeader(name)
    const value = this.response.getHeader(name)
    return value === undefined ? undefined : String(value)
  }

  #addToRequest(name: string, value: string): void {
    const { headers, rawHeaders } = this.request
    const before = headers[name]
    headers[name] = before === undefined ? value : `${String(before)}, ${value}`
    rawHeaders.push(name, value)
  }

  #removeFromRequest(name: string): void {
    const { headers, rawHeaders } = this.request
    Reflect.deleteProperty(headers, name)
    for (let index = rawHeaders.length - 2; index >= 0; index -= 2)
      if (rawHeaders[index]?.toLowerCase() === name) rawHeaders.splice(index, 2)
  }
}
