/** `meshctl proxy-status`: each sidecar, and whether it runs what it should. Ends with 1 where one has refused a snapshot. */
import type { Proxies, ProxyStatus } from '@meshmart/contracts'
import { EXIT, type Command } from '../command.ts'
import { Client } from '../online/client.ts'
import { ONLINE_OPTIONS } from '../online/connection.ts'
import { behind, proxiesOf, proxyNamed } from '../online/proxies.ts'
import { columns } from '../table.ts'

const KINDS = ['inbound', 'outbound', 'endpoints', 'gateway', 'trust'] as const

export const proxyStatus: Command = {
  name: 'proxy-status',
  summary: 'Says of each sidecar which snapshots it runs: SYNCED, STALE, NOT SENT or NACK',
  positionals: '[WORKLOAD]',
  options: ONLINE_OPTIONS,
  examples: [
    ['meshctl proxy-status', 'all of them'],
    ['meshctl proxy-status orders-1', 'one, snapshot by snapshot'],
  ],
  async run(invocation) {
    const all = await proxiesOf(new Client(invocation))
    const [name] = invocation.positionals
    const chosen = name === undefined ? all.proxies : [proxyNamed(name, all)]
    const refused = chosen.some(({ snapshots }) => snapshots.some(({ status }) => status === 'NACK'))
    return {
      exitCode: refused ? EXIT.finding : EXIT.fine,
      result: { ...all, proxies: chosen },
      words: () => (name === undefined ? overview(all) : chosen.flatMap(details).join('\n')),
    }
  },
}

function overview({ proxies, leader }: Proxies): string {
  const rows = proxies.map((proxy) => [
    `${proxy.instance}.${proxy.namespace}`,
    ...KINDS.map((kind) => worst(proxy, kind)),
  ])
  const reasons = proxies.flatMap((proxy) =>
    behind(proxy).flatMap(({ key, reason }) =>
      reason === undefined ? [] : [`${proxy.instance} refuses ${key}: ${reason}`],
    ),
  )
  const heads = ['NAME', ...KINDS.map((kind) => kind.toUpperCase())]
  return [...columns([heads, ...rows]), ...reasons, `Leader: ${leader ?? 'nobody'}`].join('\n')
}

function worst({ snapshots }: ProxyStatus, kind: string): string {
  const of = snapshots.filter(({ key }) => key.split('.')[0] === kind)
  const word = (['NACK', 'STALE', 'NOT SENT'] as const).find((bad) => of.some(({ status }) => status === bad))
  return of.length === 0 ? '-' : (word ?? `SYNCED (${of.length})`)
}

function details({ snapshots }: ProxyStatus): string[] {
  const rows = snapshots.map(({ key, status, acknowledged, current, reason }) => {
    return [key, status, String(acknowledged ?? '-'), String(current ?? '-'), reason ?? '']
  })
  return columns([['SNAPSHOT', 'STATUS', 'RUNS', 'CURRENT', 'REASON'], ...rows])
}
