/** The policy in force. It is replaced as a whole; until the first one has come nothing is let in. */
import type { MtlsMode } from '@meshmart/mesh-policy'
import { GuardPolicy, type GuardSnapshot } from './guard-policy.ts'
import type { KeySources } from './jwt/key-sources.ts'

const NOBODY: readonly string[] = []

export class InboundPolicies {
  #current: GuardPolicy | null = null
  readonly #keys: KeySources
  readonly #waiting: (() => void)[] = []

  constructor(keys: KeySources) {
    this.#keys = keys
  }

  get current(): GuardPolicy | null {
    return this.#current
  }

  /** What a connection to that port must be; STRICT until a policy is known. */
  mtlsMode(port: number): MtlsMode {
    return this.#current === null ? 'STRICT' : this.#current.mtlsMode(port)
  }

  /** Whose identities are believed beside those of our own trust domain. */
  get trustDomainAliases(): readonly string[] {
    return this.#current?.snapshot.trustDomainAliases ?? NOBODY
  }

  /** @throws Error that says what is wrong with the snapshot; then the last good one stays */
  apply(snapshot: GuardSnapshot): void {
    const policy = new GuardPolicy(snapshot, this.#keys, this.#current, Date.now())
    this.#current = policy
    policy.inForce()
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Resolves when the first policy is there. */
  arrived(): Promise<void> {
    return this.#current === null ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve()
  }

  /** Ends what keeps keys up to date. */
  close(): void {
    this.#keys.close()
  }
}
