/** A request from outside: an outbound exchange whose answer is written to a browser. It may end in this very process, or at a peer in the mesh. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AuthorizationDecision, JwtClaims } from '@meshmart/mesh-policy'
import type { FieldLines } from '../http1/fields.ts'
import type { PeerIdentity } from '../identity/peer-identity.ts'
import type { GuardPolicy } from '../inbound/guard-policy.ts'
import type { GuardedExchange } from '../inbound/guarded-exchange.ts'
import { connectionOf, type InboundConnection } from '../inbound/inbound-connection.ts'
import type { VerifiedToken } from '../inbound/jwt/verified-token.ts'
import { addField, removeField, setField } from '../inbound/request-fields.ts'
import { OutboundExchange, type ResponseSink } from '../outbound/outbound-exchange.ts'
import type { Span } from '../telemetry/tracer.ts'
import { bodyOfNode } from './node-body.ts'
import type { Forwarded } from './trusted-proxies.ts'
import { tlsServerOf } from './secured-connection.ts'
import type { TlsServer } from './tls-servers.ts'

export class IngressExchange extends OutboundExchange implements GuardedExchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly connection: InboundConnection
  /** That its connection was made for; null where it came plain. */
  readonly tlsServer: TlsServer | null
  readonly forwarded: Forwarded
  policy: GuardPolicy | null
  peer: PeerIdentity | null
  jwt: VerifiedToken | null
  decision: AuthorizationDecision | null
  auditedBy: string | null
  span: Span | null
  /** The body is for the application in this process, which reads the request itself. */
  deliveredHere: boolean

  constructor(
    request: IncomingMessage,
    response: ServerResponse,
    fields: () => FieldLines,
    sink: ResponseSink,
    forwarded: Forwarded,
  ) {
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
    this.forwarded = forwarded
    this.tlsServer = tlsServerOf(request.socket)
    this.policy = null
    this.peer = connection.peer
    this.jwt = null
    this.decision = null
    this.auditedBy = null
    this.span = null
    this.deliveredHere = false
  }

  /** The edge believes nobody's word about where a request comes from, but that of proxies which the mesh configuration trusts. */
  override get remoteIp(): string {
    return this.forwarded.client ?? this.connection.sourceIp
  }

  /** What routes may ask of a token: it was verified above them. */
  get jwtClaims(): JwtClaims | null {
    return this.jwt === null ? null : this.jwt.claims
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
    setField(this.request, name, value)
  }
  override addHeader(name: string, value: string): void {
    super.addHeader(name, value)
    addField(this.request, name, value)
  }
  override removeHeader(name: string): void {
    super.removeHeader(name)
    removeField(this.request, name)
  }

  override responseHeader(name: string): string | undefined {
    if (!this.deliveredHere) return super.responseHeader(name)
    const value = this.response.getHeader(name)
    return value === undefined ? undefined : String(value)
  }
}
