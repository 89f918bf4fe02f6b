/** Endpoints outside of the mesh: names in the place of addresses, and hosts that are their own address. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Endpoint, EndpointsSnapshot } from '@meshmart/mesh-policy'
import type { SnapshotSource } from '../discovery/snapshot-source.ts'
import { RecordedLog } from '../testing/recorded-log.ts'
import { clusterOf } from '../testing/snapshots.ts'
import { HostEndpoints } from './host-endpoints.ts'
import { NameResolver, systemResolve } from './name-resolver.ts'

const HOST = 'api.example.com'
const outside = clusterOf(HOST, { tls: 'DISABLE' })
const endpoint = (address: string, instance = 'api-0'): Endpoint => ({
  instance,
  address,
  ports: { '80': 8080 },
  identity: '',
  transport: 'plaintext',
  labels: {},
  locality: '',
  weight: 1,
})

let answers: Record<string, string[] | Error>
let asked: string[]
let changes: number
let publish: (endpoints: readonly Endpoint[]) => void
let log: RecordedLog
let hosts: HostEndpoints

beforeEach(() => {
  vi.useFakeTimers()
  answers = {}
  asked = []
  changes = 0
  log = new RecordedLog()
  const source: SnapshotSource = {
    watch: <T>(_key: string, apply: (snapshot: T | null) => void) => {
      publish = (endpoints) => apply({ host: HOST, endpoints } satisfies EndpointsSnapshot as T)
      return { stop: () => undefined }
    },
    discover: () => Promise.reject(new Error('nobody is asked')),
  }
  const names = new NameResolver(log, async (name) => {
    asked.push(name)
    const answer = answers[name] ?? new Error('ENOTFOUND')
    if (answer instanceof Error) throw answer
    return answer
  })
  hosts = new HostEndpoints(HOST, source, names, () => void changes++)
})
afterEach(() => {
  hosts.stop()
  vi.useRealTimers()
})

const settle = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0)
const addresses = (cluster = outside): string[] =>
  hosts.of(cluster).map(({ instance, address, ports }) => `${instance} ${address}:${ports[String(cluster.port)]}`)

describe('an endpoint that has a name', () => {
  it('is one for each address of the name; it has arrived once that was asked for', async () => {
    answers = { 'one.example.com': ['10.0.0.1'], 'many.example.com': ['10.0.0.3', '10.0.0.2'] }
    expect(hosts.arrived).toBe(false)
    publish([endpoint('192.0.2.1', 'a'), endpoint('one.example.com', 'b'), endpoint('many.example.com', 'c')])
    expect(hosts.arrived).toBe(false)
    expect(addresses()).toEqual(['a 192.0.2.1:8080'])
    await settle()
    expect(hosts.arrived).toBe(true)
    expect(addresses()).toEqual([
      'a 192.0.2.1:8080',
      'b 10.0.0.1:8080',
      'c@10.0.0.2 10.0.0.2:8080',
      'c@10.0.0.3 10.0.0.3:8080',
    ])
  })

  it('is asked for again, keeps its last answer through a failure, and tells only what has changed', async () => {
    answers = { 'one.example.com': ['10.0.0.1'] }
    publish([endpoint('one.example.com')])
    await settle()
    const before = changes
    await vi.advanceTimersByTimeAsync(60_000)
    expect([asked.length, changes]).toEqual([2, before])
    answers = {}
    await vi.advanceTimersByTimeAsync(60_000)
    expect(addresses()).toEqual(['api-0 10.0.0.1:8080'])
    expect(log.text).toContain('warn outbound: name not resolved, trying again one.example.com ENOTFOUND')
    answers = { 'one.example.com': ['10.0.0.9'] }
    await vi.advanceTimersByTimeAsync(5000)
    expect(addresses()).toEqual(['api-0 10.0.0.9:8080'])
    expect(changes).toBe(before + 1)
  })

  it('is nobody where it cannot be resolved, and nobody waits for it any longer', async () => {
    publish([endpoint('gone.example.com')])
    await settle()
    expect([hosts.arrived, addresses()]).toEqual([true, []])
  })

  it('is forgotten with the snapshot that named it', async () => {
    answers = { 'one.example.com': ['10.0.0.1'] }
    publish([endpoint('one.example.com')])
    await settle()
    publish([endpoint('192.0.2.1')])
    await vi.advanceTimersByTimeAsync(600_000)
    expect(asked).toEqual(['one.example.com'])
  })

  it('never means this machine where there is no address at all', () => {
    publish([endpoint('')])
    expect(addresses()).toEqual([])
  })
})

describe('a host without endpoints', () => {
  const passing = clusterOf(HOST, { loadBalancer: 'PASSTHROUGH', tls: 'DISABLE', port: 443 })

  it('is its own address with PASSTHROUGH, at the port that was asked for', async () => {
    answers = { [HOST]: ['10.0.0.1'] }
    publish([])
    expect(addresses(passing)).toEqual([])
    expect(hosts.arrived).toBe(false)
    await settle()
    expect(hosts.arrived).toBe(true)
    expect(addresses(passing)).toEqual([`${HOST} 10.0.0.1:443`])
    publish([endpoint('192.0.2.1')])
    expect(hosts.of(passing)).toEqual([endpoint('192.0.2.1')])
  })

  it('is nobody within the mesh, and with every other balancer', async () => {
    publish([])
    expect(hosts.of({ ...passing, tls: 'ISTIO_MUTUAL' })).toEqual([])
    expect(hosts.of(outside)).toEqual([])
    await settle()
    expect(asked).toEqual([])
  })
})

it('asks the system’s resolver, IPv4 before IPv6', async () => {
  expect(await systemResolve('localhost')).toEqual(['127.0.0.1'])
  await expect(systemResolve('nobody.invalid')).rejects.toThrow()
})
