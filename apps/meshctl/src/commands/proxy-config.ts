/** `meshctl proxy-config`: what one sidecar was told, from the snapshots that it follows. */
import type { ProxyStatus } from '@meshmart/contracts'
import { EXIT, UsageError, type Command } from '../command.ts'
import { told } from '../online/answers.ts'
import { Client } from '../online/client.ts'
import { ONLINE_OPTIONS } from '../online/connection.ts'
import { proxiesOf, proxyNamed } from '../online/proxies.ts'
import { clusters, endpoints, listeners, routes, table, type Snapshots } from '../online/snapshot-tables.ts'

const VIEWS: Readonly<Record<string, { kinds: readonly string[]; words: (snapshots: Snapshots) => string }>> = {
  routes: { kinds: ['outbound'], words: routes },
  clusters: { kinds: ['outbound', 'gateway'], words: clusters },
  endpoints: { kinds: ['endpoints'], words: endpoints },
  listeners: { kinds: ['inbound'], words: listeners },
}
const WHAT = [...Object.keys(VIEWS), 'secret']

export const proxyConfig: Command = {
  name: 'proxy-config',
  summary: 'Shows what a sidecar was told',
  positionals: `${WHAT.join('|')} WORKLOAD`,
  options: ONLINE_OPTIONS,
  examples: [
    ['meshctl proxy-config routes orders-1', 'whither orders-1 sends what it calls'],
    ['meshctl proxy-config secret orders-1 -o json', 'its certificate on record'],
  ],
  async run(invocation) {
    const [what, name, ...more] = invocation.positionals
    if (what === undefined || name === undefined || more.length > 0 || !WHAT.includes(what)) {
      throw new UsageError(`name one of ${WHAT.join(', ')}, and a workload`)
    }
    const client = new Client(invocation)
    const proxy = proxyNamed(name, await proxiesOf(client))
    const view = VIEWS[what]
    if (view === undefined) return secretOf(client, proxy)
    const keys = proxy.snapshots.map(({ key }) => key).filter((key) => view.kinds.includes(key.split('.')[0] ?? ''))
    const snapshots: Record<string, unknown> = {}
    for (const key of keys) {
      const answer = await client.ask({ path: `/v1/snapshots/${encodeURIComponent(key)}` })
      // One that was taken away since.
      if (answer.status === 200) snapshots[key] = answer.body
    }
    return { exitCode: EXIT.fine, result: snapshots, words: () => view.words(snapshots) }
  },
}

async function secretOf(client: Client, { namespace, workload, instance }: ProxyStatus) {
  const question = { path: '/v1/certificates', query: { limit: '5000', event: 'issued' } }
  const { entries } = await told(client, question, (each) => each.CertificateRecord)
  const own = entries.filter(
    (entry) => entry.instance === instance && entry.identity?.endsWith(`/ns/${namespace}/sa/${workload}`) === true,
  )
  const newest = own.slice(0, 1)
  const words = (): string =>
    table(
      ['IDENTITY', 'INSTANCE', 'SERIAL', 'ISSUED', 'NOT AFTER'],
      newest.map((entry) => [
        entry.identity ?? '-',
        instance,
        entry.serialNumber ?? '-',
        entry.at,
        entry.notAfter ?? '-',
      ]),
    )
  return { exitCode: EXIT.fine, result: newest, words }
}
