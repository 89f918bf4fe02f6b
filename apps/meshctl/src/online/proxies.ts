/** Sidecars as the control plane knows them. */
import { UsageError } from '../command.ts'
import type { Client } from './client.ts'

export interface SnapshotStatus {
  readonly key: string
  readonly status: 'SYNCED' | 'STALE' | 'NOT SENT' | 'NACK'
  readonly acknowledged: number | null
  readonly current: number | null
  readonly reason?: string
  readonly at?: string
}
export interface Proxy {
  readonly namespace: string
  readonly workload: string
  readonly instance: string
  readonly snapshots: readonly SnapshotStatus[]
}
export interface Proxies {
  readonly self: string
  readonly leader: string | null
  readonly proxies: readonly Proxy[]
}

export const proxiesOf = async (client: Client): Promise<Proxies> =>
  (await client.ask<Proxies>({ path: '/v1/proxies' })).body

/** The sidecar that `orders-2`, `orders`, or either with `.meshmart` behind it, names. @throws UsageError */
export function proxyNamed(written: string, { proxies }: Proxies): Proxy {
  const [name = '', namespace] = written.split('.')
  const found = proxies.find(
    (proxy) => [proxy.instance, proxy.workload].includes(name) && (namespace ?? proxy.namespace) === proxy.namespace,
  )
  if (found === undefined) {
    throw new UsageError(`${written} is no sidecar; there are ${proxies.map(({ instance }) => instance).join(', ')}`)
  }
  return found
}

/** What it does not run as it should: nothing where all is SYNCED. */
export const behind = ({ snapshots }: Proxy): SnapshotStatus[] => snapshots.filter(({ status }) => status !== 'SYNCED')
