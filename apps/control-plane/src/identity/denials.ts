/**
 * Identities that are denied: they get no certificate any more, and no sidecar talks to them, whatever certificate they still hold. Certificates live too
 * short for revocation lists; this is for the hour that is left. Kept in the bucket `denied`, so that every replica and every restart knows.
 */
import { Denial } from '@meshmart/contracts'
import { formatSpiffeId, parseSpiffeId, type SpiffeId } from '@meshmart/mesh-policy'
import type { KV } from '@nats-io/kv'
import type { Logger } from 'pino'

export class Denials {
  readonly #log: Logger
  readonly #changed: () => void
  readonly #denied = new Map<string, Denial>()
  #bucket: KV | null = null
  #revision = 0

  /** @param changed hears of each that comes or goes, whoever has made it */
  constructor(log: Logger, changed: () => void) {
    this.#log = log
    this.#changed = changed
  }

  has(identity: SpiffeId): boolean {
    return this.#denied.has(formatSpiffeId(identity))
  }

  /** Counts its changes. */
  get revision(): number {
    return this.#revision
  }

  /** In order of identities. */
  get all(): Denial[] {
    return [...this.#denied.values()].toSorted((a, b) => (a.identity < b.identity ? -1 : 1))
  }

  /** Reads what there is and follows it; the answer stops it. */
  async open(bucket: KV): Promise<() => void> {
    this.#bucket = bucket
    const present = new Set<string>()
    if ((await bucket.status()).streamInfo.state.messages > 0) {
      for await (const entry of await bucket.history()) {
        if (entry.operation === 'PUT') present.add(this.#take(entry.string())?.identity ?? '')
      }
    }
    for (const identity of this.#denied.keys()) if (!present.has(identity)) this.#forget(identity)
    const entries = await bucket.watch()
    const follow = async (): Promise<void> => {
      for await (const entry of entries) {
        if (entry.operation === 'PUT') this.#take(entry.string())
        else this.#forget(identityOf(entry.key))
        this.#changed()
      }
    }
    follow().catch((error: unknown) => this.#log.error({ err: error }, 'denials are no longer watched'))
    return () => entries.stop()
  }

  /** Durable when it resolves. */
  async deny(denial: Denial): Promise<void> {
    await this.#open().put(keyOf(denial.identity), JSON.stringify(denial))
    this.#remember(denial)
    this.#changed()
  }

  /** False where it was not denied. */
  async allow(identity: string): Promise<boolean> {
    if (!this.#denied.has(identity)) return false
    await this.#open().delete(keyOf(identity))
    this.#forget(identity)
    this.#changed()
    return true
  }

  #remember(denial: Denial): void {
    this.#denied.set(denial.identity, denial)
    this.#revision++
  }

  #forget(identity: string): void {
    this.#denied.delete(identity)
    this.#revision++
  }

  #open(): KV {
    if (this.#bucket === null) throw new Error('denials are not open yet')
    return this.#bucket
  }

  #take(text: string): Denial | null {
    try {
      const denial = Denial.parse(JSON.parse(text))
      this.#remember(denial)
      return denial
    } catch (error) {
      this.#log.error({ err: error, text }, 'denial cannot be read')
      return null
    }
  }
}

/** `cluster=local.meshmart.orders`: a trust domain has dots, which part the words of a key. */
function keyOf(identity: string): string {
  const id = parseSpiffeId(identity)
  if (id === null) throw new Error(`${identity} is no SPIFFE id`)
  return `${id.trustDomain.replaceAll('.', '=')}.${id.namespace}.${id.account}`
}

function identityOf(key: string): string {
  const [trustDomain = '', namespace = '', account = ''] = key.split('.')
  return formatSpiffeId({ trustDomain: trustDomain.replaceAll('=', '.'), namespace, account })
}
