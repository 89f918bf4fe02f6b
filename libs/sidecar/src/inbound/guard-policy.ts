/** What a workload or a gateway lets in, ready to be asked: everything that can be worked out when a snapshot comes is worked out then. */
import {
  preparePolicies,
  TokenBucket,
  type InboundSnapshot,
  type LocalRateLimit,
  type MtlsMode,
  type PathNormalization,
  type PreparedPolicies,
} from '@meshmart/mesh-policy'
import type { KeySources } from './jwt/key-sources.ts'
import { RequestAuthentication } from './jwt/request-authentication.ts'

/** A gateway has no PeerAuthentication: who may connect to it is its Gateway's matter. */
export type GuardSnapshot = Omit<InboundSnapshot, 'peerAuthentication'> &
  Partial<Pick<InboundSnapshot, 'peerAuthentication'>>

export class GuardPolicy {
  readonly snapshot: GuardSnapshot
  readonly policies: PreparedPolicies
  readonly requestAuthentication: RequestAuthentication | null
  readonly bucket: TokenBucket | null
  readonly pathNormalization: PathNormalization
  readonly #commit: () => void

  /**
   * @param before the policy that it takes the place of: a bucket whose limit is the same goes on as full as it was
   * @throws Error that says what is wrong with the snapshot; then nothing has changed
   */
  constructor(snapshot: GuardSnapshot, keys: KeySources, before: GuardPolicy | null, now: number) {
    this.snapshot = snapshot
    this.policies = preparePolicies(snapshot.authorizationPolicies)
    this.bucket = bucketOf(snapshot.localRateLimit, before, now)
    this.pathNormalization = snapshot.pathNormalization ?? 'BASE'
    const { authentication, commit } = RequestAuthentication.prepare(snapshot.requestAuthentications ?? [], keys)
    this.requestAuthentication = authentication
    this.#commit = commit
  }

  /** It is in force now: keys that only its predecessor needed are no longer kept up to date. */
  inForce(): void {
    this.#commit()
  }

  /** @param port of the workload */
  mtlsMode(port: number): MtlsMode {
    const { peerAuthentication } = this.snapshot
    if (peerAuthentication === undefined) return 'DISABLE'
    return peerAuthentication.ports?.[port] ?? peerAuthentication.mode
  }
}

function bucketOf(limit: LocalRateLimit | undefined, before: GuardPolicy | null, now: number): TokenBucket | null {
  if (limit === undefined) return null
  const last = before?.snapshot.localRateLimit
  const same =
    last !== undefined &&
    last.maxTokens === limit.maxTokens &&
    last.tokensPerFill === limit.tokensPerFill &&
    last.fillIntervalMs === limit.fillIntervalMs
  return same && before?.bucket ? before.bucket : new TokenBucket(limit, now)
}
