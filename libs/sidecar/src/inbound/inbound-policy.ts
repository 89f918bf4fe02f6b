/** What this workload lets in, ready to be asked. It is replaced as a whole; until the first one has come nothing is let in. */
import { preparePolicies, type InboundSnapshot, type PreparedPolicies } from '@meshmart/mesh-policy'

export interface InboundPolicy {
  readonly snapshot: InboundSnapshot
  readonly policies: PreparedPolicies
}

export class InboundPolicies {
  #current: InboundPolicy | null = null
  readonly #waiting: (() => void)[] = []

  get current(): InboundPolicy | null {
    return this.#current
  }

  /** @throws Error that says what is wrong with the snapshot; then the last good one stays */
  apply(snapshot: InboundSnapshot): void {
    const { mode, source } = snapshot.peerAuthentication
    if (mode !== 'STRICT')
      throw new RangeError(`${source}: mode ${mode} is not offered by the embedded sidecar, which speaks mTLS only`)
    this.#current = { snapshot, policies: preparePolicies(snapshot.authorizationPolicies) }
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Resolves when the first policy is there. */
  arrived(): Promise<void> {
    return this.#current === null ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve()
  }
}
