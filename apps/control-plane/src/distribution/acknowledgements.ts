/** Which snapshot each sidecar runs. What it acknowledged is set beside what stands in the bucket, so that a sidecar left behind is seen. */
import { z } from 'zod'
import { dnsLabel } from '../identity/dns-label.ts'

const Acknowledgement = z.object({
  key: z.string().min(1).max(512),
  revision: z.int().nonnegative(),
  accepted: z.boolean(),
  reason: z.string().max(1_024).optional(),
})
type Acknowledgement = z.infer<typeof Acknowledgement>

/** What `GET /v1/proxies` answers for one sidecar. */
export interface ProxyStatus {
  readonly namespace: string
  readonly workload: string
  readonly instance: string
  readonly snapshots: readonly {
    readonly key: string
    /** `synced`: runs the present one; `stale`: an older one; `rejected`: it refused the one it was sent last. */
    readonly status: 'synced' | 'stale' | 'rejected'
    readonly acknowledged: number
    /** Null where the snapshot was removed. */
    readonly current: number | null
    readonly reason?: string
    /** RFC 3339. */
    readonly at: string
  }[]
}

const MAX_PROXIES = 1_000
const MAX_KEYS_PER_PROXY = 1_000

interface Heard extends Acknowledgement {
  readonly at: number
}

export class Acknowledgements {
  readonly #proxies = new Map<string, Map<string, Heard>>()

  /** Takes the message that was published on `subject`. Throws an error that names the wrong field. */
  take(subject: string, value: unknown, now: number): void {
    const [, , ...name] = subject.split('.')
    if (name.length !== 3 || !name.every((part) => dnsLabel.test(part))) throw new Error(`subject: ${subject}`)
    const parsed = Acknowledgement.safeParse(value)
    if (!parsed.success) throw new Error(z.prettifyError(parsed.error))
    const proxy = name.join('.')
    const heard = this.#proxies.get(proxy) ?? new Map<string, Heard>()
    heard.set(parsed.data.key, { ...parsed.data, at: now })
    dropOldest(heard, MAX_KEYS_PER_PROXY)
    this.#proxies.delete(proxy)
    this.#proxies.set(proxy, heard)
    dropOldest(this.#proxies, MAX_PROXIES)
  }

  /** A replica that has left runs nothing any more. */
  forget(proxy: { namespace: string; service: string; instance: string }): void {
    this.#proxies.delete(`${proxy.namespace}.${proxy.service}.${proxy.instance}`)
  }

  /** @param revision what stands in the bucket under a key. */
  list(revision: (key: string) => number | undefined): ProxyStatus[] {
    return [...this.#proxies.entries()]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([proxy, heard]) => {
        const [namespace = '', workload = '', instance = ''] = proxy.split('.')
        return {
          namespace,
          workload,
          instance,
          snapshots: [...heard.values()].map((each) => describe(each, revision(each.key))),
        }
      })
  }
}

function describe(heard: Heard, current: number | undefined): ProxyStatus['snapshots'][number] {
  const status = !heard.accepted ? 'rejected' : heard.revision === current ? 'synced' : 'stale'
  const reason = heard.reason === undefined ? {} : { reason: heard.reason }
  const at = new Date(heard.at).toISOString()
  return { key: heard.key, status, acknowledged: heard.revision, current: current ?? null, ...reason, at }
}

function dropOldest(map: Map<string, unknown>, limit: number): void {
  for (const key of map.keys()) {
    if (map.size <= limit) return
    map.delete(key)
  }
}
