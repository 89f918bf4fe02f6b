/** Which snapshot each sidecar runs. What it acknowledged is set beside what stands in the bucket, so that a sidecar left behind is seen. */
import type { ProxyStatus, SnapshotStatus } from '@meshmart/contracts'
import { z } from 'zod'
import { dnsLabel } from '../identity/dns-label.ts'

const Acknowledgement = z.object({
  key: z.string().min(1).max(512),
  revision: z.int().nonnegative(),
  accepted: z.boolean(),
  reason: z.string().max(1_024).optional(),
})
type Acknowledgement = z.infer<typeof Acknowledgement>

/** A sidecar and a key that it follows. */
export interface Follower {
  /** `meshmart/orders-1` */
  readonly proxy: string
  readonly key: string
  readonly heard: Pick<Acknowledgement, 'revision' | 'accepted' | 'reason'>
}
export interface ProxyName {
  readonly namespace: string
  readonly service: string
  readonly instance: string
}

const MAX_PROXIES = 5_000
const MAX_KEYS_PER_PROXY = 1_000

interface Heard extends Acknowledgement {
  readonly at: number
}

/** Keys that every sidecar follows from its start. */
const always = ({ namespace, service }: ProxyName): string[] => [`inbound.${namespace}.${service}`, 'trust']

export class Acknowledgements {
  readonly #proxies = new Map<string, Map<string, Heard>>()
  /** The same by key: a change is of few keys, and each acknowledgement asks who is still behind. */
  readonly #byKey = new Map<string, Map<string, Heard>>()

  /** Takes the message that was published on `subject`. Throws an error that names the wrong field. */
  take(subject: string, value: unknown, now: number): void {
    const [, , ...name] = subject.split('.')
    if (name.length !== 3 || !name.every((part) => dnsLabel.test(part))) throw new Error(`subject: ${subject}`)
    const parsed = Acknowledgement.safeParse(value)
    if (!parsed.success) throw new Error(z.prettifyError(parsed.error))
    const proxy = name.join('.')
    const heard = this.#proxies.get(proxy) ?? new Map<string, Heard>()
    const { key } = parsed.data
    const said = { ...parsed.data, at: now }
    heard.set(key, said)
    const followers = this.#byKey.get(key) ?? new Map<string, Heard>()
    this.#byKey.set(key, followers.set(proxy, said))
    this.#proxies.delete(proxy)
    this.#proxies.set(proxy, heard)
    if (heard.size > MAX_KEYS_PER_PROXY) this.#dropKey(proxy, heard, oldestOf(heard))
    if (this.#proxies.size > MAX_PROXIES) this.#dropProxy(oldestOf(this.#proxies))
  }

  /** A replica that has left runs nothing any more. */
  forget(proxy: ProxyName): void {
    this.#dropProxy(nameOf(proxy))
  }

  /** Everybody who follows one of these keys. */
  followersOf(keys: readonly string[]): Follower[] {
    return keys.flatMap((key) =>
      [...(this.#byKey.get(key) ?? [])].map(([name, heard]): Follower => {
        const [namespace = '', , instance = ''] = name.split('.')
        return { proxy: `${namespace}/${instance}`, key, heard }
      }),
    )
  }

  /** Whether somebody who follows one of these keys has not spoken of its version yet. @param wanted key → version */
  isBehind(wanted: ReadonlyMap<string, number>): boolean {
    for (const [key, revision] of wanted)
      for (const heard of this.#byKey.get(key)?.values() ?? []) if (heard.revision < revision) return true
    return false
  }

  /**
   * @param present sidecars that hold a lease: some of them may have said nothing yet
   * @param revision what stands in the bucket under a key
   */
  list(present: readonly ProxyName[], revision: (key: string) => number | undefined): ProxyStatus[] {
    const named = new Map(present.map((proxy) => [nameOf(proxy), always(proxy)]))
    for (const proxy of this.#proxies.keys()) if (!named.has(proxy)) named.set(proxy, [])
    return [...named]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([proxy, keys]) => {
        const [namespace = '', workload = '', instance = ''] = proxy.split('.')
        const heard = this.#proxies.get(proxy)
        const all = [...new Set([...keys, ...(heard?.keys() ?? [])])]
        const snapshots = all.map((key) => describe(key, heard?.get(key), revision(key)))
        return { namespace, workload, instance, snapshots }
      })
  }

  #dropProxy(proxy: string): void {
    const heard = this.#proxies.get(proxy)
    if (heard === undefined) return
    for (const key of heard.keys()) this.#dropKey(proxy, heard, key)
    this.#proxies.delete(proxy)
  }

  #dropKey(proxy: string, heard: Map<string, Heard>, key: string): void {
    heard.delete(key)
    const followers = this.#byKey.get(key)
    followers?.delete(proxy)
    if (followers?.size === 0) this.#byKey.delete(key)
  }
}

const nameOf = ({ namespace, service, instance }: ProxyName): string => `${namespace}.${service}.${instance}`

function describe(key: string, heard: Heard | undefined, current: number | undefined): SnapshotStatus {
  if (heard === undefined) return { key, status: 'NOT SENT', acknowledged: null, current: current ?? null }
  const status = !heard.accepted ? 'NACK' : heard.revision === current ? 'SYNCED' : 'STALE'
  const reason = heard.reason === undefined ? {} : { reason: heard.reason }
  const at = new Date(heard.at).toISOString()
  return { key, status, acknowledged: heard.revision, current: current ?? null, ...reason, at }
}

/** A map gives its keys in the order in which they were set. */
const oldestOf = (map: ReadonlyMap<string, unknown>): string => map.keys().next().value ?? ''
