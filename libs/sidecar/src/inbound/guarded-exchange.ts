/**
 * What authenticate, authorise and limit need of a request. Inbound exchanges are such, and so is the edge's exchange: a Gateway is guarded by the same
 * resources, and there must be only one reading of them.
 */
import type { AuthorizationDecision } from '@meshmart/mesh-policy'
import type { Exchange } from '../exchange.ts'
import type { PeerIdentity } from '../identity/peer-identity.ts'
import type { InboundConnection } from './inbound-connection.ts'
import type { GuardPolicy } from './guard-policy.ts'
import type { VerifiedToken } from './jwt/verified-token.ts'

export interface GuardedExchange extends Exchange {
  /** In force when the request came; null where none is known yet. */
  policy: GuardPolicy | null
  peer: PeerIdentity | null
  /** The token that says on whose behalf the peer asks; null where there is none. */
  jwt: VerifiedToken | null
  decision: AuthorizationDecision | null
  /** AUDIT policy that fits, for the log; null where none does. */
  auditedBy: string | null
  readonly connection: InboundConnection
  /** Of the client: as `x-forwarded-for` tells it inside the mesh, of the connection at the edge. */
  readonly remoteIp: string

  /** Every request field. */
  eachHeader(visit: (name: string, value: string) => void): void
  /** On the answer, whoever gives it. @param name in lower case */
  addResponseHeader(name: string, value: string): void
}
