/**
 * Who asks: the identity of the client certificate, or of the join token that is shown as a bearer token (an operator's command line has no certificate).
 * Whoever is denied is nobody.
 */
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { StaffId } from '@meshmart/contracts'
import { formatSpiffeId, type SpiffeId } from '@meshmart/mesh-policy'
import type { Denials } from '../identity/denials.ts'
import type { JoinTokens } from '../identity/join-tokens.ts'
import { isOperator } from '../identity/operator.ts'
import { peerIdentity } from '../identity/peer.ts'
import { HttpProblem } from './problem.ts'
import type { Call } from './route.ts'

const GATEWAY = 'meshmart/gateway'

export type Caller = (request: IncomingMessage) => SpiffeId | null

export const callerBy =
  (tokens: JoinTokens, denials: Denials, trustDomain: string): Caller =>
  (request) => {
    const [, token] = /^Bearer (\S{1,512})$/i.exec(request.headers.authorization ?? '') ?? []
    const workload = token === undefined ? null : tokens.identify(token)
    const byToken = workload && { trustDomain, ...workload }
    const identity = token === undefined ? peerIdentity(request.socket as TLSSocket, trustDomain) : byToken
    return identity === null || denials.has(identity) ? null : identity
  }

/** @throws HttpProblem 403 */
export function onlyOperators(peer: SpiffeId | null): SpiffeId {
  if (peer === null || !isOperator(peer)) {
    throw new HttpProblem('not-allowed', { detail: 'Only an operator may do this: show its certificate or its token.' })
  }
  return peer
}

/**
 * Dead letters tell who bought what, and what is discarded is gone: besides operators, the gateway alone reaches them, for an admin whose name it sends along.
 * @returns who is to be written down: a SPIFFE id, and for whom it acts
 * @throws HttpProblem 403
 */
export function onlyDeadLetterDesk({ peer, request }: Pick<Call, 'peer' | 'request'>): string {
  if (peer === null || `${peer.namespace}/${peer.account}` !== GATEWAY) return formatSpiffeId(onlyOperators(peer))
  const admin = StaffId.safeParse(request.headers['x-staff-id'])
  return admin.success ? `${formatSpiffeId(peer)} for ${admin.data}` : formatSpiffeId(peer)
}

/** Traces tell who bought what: they are shown by the gateway, and to operators. @throws HttpProblem 403 */
const READERS = [GATEWAY, 'meshmart-system/control-plane']
export function onlyReaders(peer: SpiffeId | null): void {
  if (peer === null || !(isOperator(peer) || READERS.includes(`${peer.namespace}/${peer.account}`))) {
    throw new HttpProblem('not-allowed')
  }
}
