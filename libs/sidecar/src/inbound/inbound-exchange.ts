/** What the inbound layers know of one request, whatever its ends are: who asks, what policy said. The ends are embedded-inbound-exchange.ts and process/. */
import type { AuthorizationDecision } from '@meshmart/mesh-policy'
import { Exchange } from '../exchange.ts'
import type { PeerIdentity } from '../identity/peer-identity.ts'
import type { Span } from '../telemetry/tracer.ts'
import { lastForwardedFor } from './forwarded-for.ts'
import type { GuardedExchange } from './guarded-exchange.ts'
import type { GuardPolicy } from './guard-policy.ts'
import type { InboundConnection } from './inbound-connection.ts'
import type { VerifiedToken } from './jwt/verified-token.ts'

export abstract class InboundExchange extends Exchange implements GuardedExchange {
  readonly connection: InboundConnection
  policy: GuardPolicy | null
  peer: PeerIdentity | null
  jwt: VerifiedToken | null
  decision: AuthorizationDecision | null
  auditedBy: string | null
  span: Span | null

  constructor(method: string, target: string, authority: string, connection: InboundConnection) {
    super(method, target, authority)
    this.connection = connection
    this.policy = null
    this.peer = null
    this.jwt = null
    this.decision = null
    this.auditedBy = null
    this.span = null
  }

  get remoteIp(): string {
    return lastForwardedFor(this.header('x-forwarded-for')) ?? this.connection.sourceIp
  }

  /** Of the answer, 0 where there was none. */
  abstract get status(): number
  /** Whether the answer went out whole. */
  abstract get complete(): boolean
  abstract eachHeader(visit: (name: string, value: string) => void): void
  abstract addResponseHeader(name: string, value: string): void
  /** The connection takes no further request. */
  abstract closeAfterResponse(): void
}
