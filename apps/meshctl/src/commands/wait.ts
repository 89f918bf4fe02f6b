/** `meshctl wait`: until every sidecar runs what stands in the bucket. */
import { setTimeout as pause } from 'node:timers/promises'
import type { Proxies } from '@meshmart/contracts'
import { EXIT, UsageError, type Command } from '../command.ts'
import { Client } from '../online/client.ts'
import { ONLINE_OPTIONS } from '../online/connection.ts'
import { behind, proxiesOf, proxyNamed } from '../online/proxies.ts'

const ASK_EVERY_MS = 200

export const wait: Command = {
  name: 'wait',
  summary: 'Waits until every sidecar runs what it should',
  positionals: '[WORKLOAD…]',
  options: {
    timeout: { type: 'text', value: '30s', describe: 'how long at most; 30s where it is not given' },
    snapshot: { type: 'text', value: 'KEY', describe: 'look at snapshots alone whose key begins so, such as trust' },
    ...ONLINE_OPTIONS,
  },
  examples: [
    ['meshctl wait', 'until all is SYNCED; ends with 1 where it is not in time'],
    ['meshctl wait --snapshot trust --timeout 60s', 'between two steps of a root rotation'],
  ],
  async run(invocation) {
    const [, seconds] = /^(\d{1,4})s$/.exec(invocation.text('timeout') ?? '30s') ?? []
    if (seconds === undefined) throw new UsageError('--timeout must be whole seconds, such as 30s')
    const client = new Client(invocation)
    const prefix = invocation.text('snapshot') ?? ''
    const until = Date.now() + Number(seconds) * 1_000
    for (;;) {
      const left = waitingFor(await proxiesOf(client), invocation.positionals, prefix)
      if (left.length === 0) return { exitCode: EXIT.fine, result: { synced: true }, words: () => 'All is SYNCED' }
      if (Date.now() >= until) {
        const words = (): string => [`Not in time:`, ...left.map((line) => `  ${line}`)].join('\n')
        return { exitCode: EXIT.finding, result: { synced: false, waiting: left }, words }
      }
      await pause(ASK_EVERY_MS)
    }
  },
}

function waitingFor(all: Proxies, names: readonly string[], prefix: string): string[] {
  const chosen = names.length === 0 ? all.proxies : names.map((name) => proxyNamed(name, all))
  return chosen.flatMap((proxy) =>
    behind(proxy)
      .filter(({ key, current }) => key.startsWith(prefix) && current !== null)
      .map(({ key, status }) => `${proxy.instance}.${proxy.namespace}: ${key} is ${status}`),
  )
}
