/** What is kept on disk and speaks where NATS does not. Nothing else in this file loads the engine of regular expressions. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepareRoutes, type OutboundSnapshot, type RouteTable } from '@meshmart/mesh-policy'
import { afterAll, expect, test } from 'vitest'
import type { SnapshotSource } from '../discovery/snapshot-source.ts'
import { eventually } from '../testing/eventually.ts'
import { RecordedLog } from '../testing/recorded-log.ts'
import { RememberedSnapshots } from './remembered-snapshots.ts'
import { StateDirectory } from './state-directory.ts'

const KEY = 'outbound.meshmart.orders'
const directory = mkdtempSync(join(tmpdir(), 'remembered-snapshots-'))
afterAll(() => rmSync(directory, { recursive: true }))

const snapshot = (host: string): OutboundSnapshot => ({
  host,
  namespace: 'meshmart',
  clusters: {},
  routes: [
    {
      name: 'r',
      source: 'VirtualService meshmart/orders',
      match: [{ uri: { kind: 'regex', value: '/v1/orders/[0-9]+' } }],
      destinations: [],
      timeoutMs: 0,
      retries: { attempts: 0, perTryTimeoutMs: 0, retryOn: [] },
    },
  ],
})

test('an expression on disk finds its engine loaded', async () => {
  const log = new RecordedLog()
  const state = new StateDirectory(directory, log)
  state.write(KEY, snapshot('from disk'))
  const tables: RouteTable[] = []
  const remembered = new RememberedSnapshots(state, log)
  remembered.watch<OutboundSnapshot>(KEY, (value) => {
    tables.push(prepareRoutes(value?.routes ?? [], { namespace: 'meshmart', labels: {}, locality: '' }))
  })
  await eventually(() => expect(log.lines).toHaveLength(1))
  remembered.stop()
  expect(log.text).toContain('NATS says nothing')
  expect(tables.map((table) => table.rules.length)).toEqual([1])
})

test('what NATS says while the engine is being loaded is not taken back', async () => {
  const log = new RecordedLog()
  let speak = (_value: unknown): void => undefined
  const source: SnapshotSource = {
    watch: (_key, apply: (value: never) => void) => {
      speak = (value) => apply(value as never)
      return { stop: () => undefined }
    },
    discover: () => Promise.resolve({ found: false, reason: 'nobody is asked' }),
  }
  class SlowState extends StateDirectory {
    override read(name: string): unknown {
      queueMicrotask(() => speak(snapshot('from NATS')))
      return super.read(name)
    }
  }
  const state = new SlowState(directory, log)
  state.write(KEY, snapshot('from disk'))
  const remembered = new RememberedSnapshots(state, log)
  remembered.attach(source)
  const applied: (string | undefined)[] = []
  remembered.watch<OutboundSnapshot>(KEY, (value) => applied.push(value?.host))
  await eventually(() => expect(applied).toContain('from NATS'))
  remembered.stop()
  expect(applied).toEqual(['from NATS'])
})
