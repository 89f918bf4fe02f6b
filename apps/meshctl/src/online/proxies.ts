/** Sidecars as the control plane knows them. */
import type { Proxies, ProxyStatus, SnapshotStatus } from '@meshmart/contracts'
import { UsageError } from '../command.ts'
import { told } from './answers.ts'
import type { Client } from './client.ts'

export const proxiesOf = (client: Client): Promise<Proxies> =>
  told(client, { path: '/v1/proxies' }, (each) => each.Proxies)

/** The sidecar that `orders-2`, `orders`, or either with `.meshmart` behind it, names. @throws UsageError */
export function proxyNamed(written: string, { proxies }: Proxies): ProxyStatus {
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
export const behind = ({ snapshots }: ProxyStatus): SnapshotStatus[] =>
  snapshots.filter(({ status }) => status !== 'SYNCED')
