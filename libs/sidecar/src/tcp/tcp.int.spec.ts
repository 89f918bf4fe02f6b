/** Connections that are no HTTP, between two sidecar processes, over real TLS and a real NATS. */
import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'
import v8 from 'node:v8'
import vm from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AuthorizationRule, Cluster, Endpoint, InboundSnapshot } from '@meshmart/mesh-policy'
import { eventually } from '../testing/eventually.ts'
import { TestMesh } from '../testing/mesh.ts'
import { runProcess, type ProcessWorkload } from '../testing/process-workload.ts'
import { clusterOf, inboundOf, tcpOutboundTo } from '../testing/snapshots.ts'
import { heard, Loopback } from './testing/loopback.ts'

const MIB = 1024 * 1024
const REDIS = 'redis.meshmart.svc.cluster.local'
const loopback = new Loopback()
let mesh: TestMesh
let service: ProcessWorkload
let caller: ProcessWorkload

const TARGETS = [
  'redis:6379',
  'nowhere:1',
  'redis:80',
  'bank:443',
  'flaky:7000',
  'full:7001',
  'idle:7002',
  'short:7003',
]

function endpoint(instance: string, servicePort: number, port: number): Endpoint {
  return {
    instance,
    address: '127.0.0.1',
    ports: { [servicePort]: port },
    identity: '',
    transport: 'plaintext',
    labels: { backend: instance },
    locality: '',
    weight: 1,
  }
}

/** A service outside the mesh: plain endpoints under a name of their own. */
async function outside(name: string, port: number, ports: readonly number[], cluster: Partial<Cluster>): Promise<void> {
  const host = await mesh.define(name, 'meshmart')
  await mesh.put(`endpoints.${host}`, {
    host,
    endpoints: ports.map((each, index) => endpoint(`${name}-${index + 1}`, port, each)),
  })
  await mesh.put(`outbound.meshmart.${host}`, tcpOutboundTo(host, 'meshmart', port, { cluster }))
}

async function allow(...rules: AuthorizationRule[]): Promise<void> {
  const policy = { source: 'AuthorizationPolicy meshmart/redis', action: 'ALLOW' as const, rules }
  await inbound({ authorizationPolicies: rules.length === 0 ? [] : [policy] })
}
async function inbound(more: Partial<InboundSnapshot>): Promise<void> {
  const before = mesh.acknowledgements.length
  const revision = await mesh.put('inbound.meshmart.redis', { ...inboundOf('meshmart', 'redis'), ...more })
  await eventually(() => {
    expect(mesh.acknowledgements.slice(before)).toContainEqual(expect.objectContaining({ revision, accepted: true }))
  })
}

v8.setFlagsFromString('--expose-gc')
const collectGarbage: unknown = vm.runInNewContext('gc')
/** Bytes in buffers that somebody still holds. */
function retained(): number {
  if (typeof collectGarbage === 'function') collectGarbage()
  return process.memoryUsage().arrayBuffers
}

const to = (target: string): net.Socket => loopback.connect(caller.tcpPort(target))
const lineWith = (workload: ProcessWorkload, ...words: string[]): Promise<string> =>
  eventually(async () => {
    const lines = (await workload.accessLog()).split('\n')
    const line = lines.findLast((each) => words.every((word) => each.includes(word)))
    if (line === undefined) throw new Error(`no line with ${words.join(' and ')} in\n${lines.join('\n')}`)
    return line
  })
const figure = async (workload: ProcessWorkload, name: string, ...labels: string[]): Promise<number> => {
  const lines = await workload.metrics(`${name}{`)
  const line = lines.find((each) => labels.every((label) => each.includes(label)))
  return Number(line?.split(' ').at(-1) ?? 0)
}

let appPort: number

beforeAll(async () => {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER is not set: run through the root vitest config')
  mesh = await TestMesh.start(binary)
  await mesh.define('redis', 'meshmart')
  await mesh.put(`outbound.meshmart.${REDIS}`, tcpOutboundTo(REDIS, 'meshmart', 6379))
  appPort = await loopback.echo()
  const port = { name: 'tcp-redis', servicePort: 6379, appPort, inboundPort: 0 }
  service = await runProcess(mesh, 'redis', 'redis-1', { MESH_APP_PORTS: [port] })
  caller = await runProcess(mesh, 'orders', 'orders-1', {
    MESH_OUTBOUND_TCP: TARGETS.map((target) => {
      const [host = '', targetPort = ''] = target.split(':')
      return { listenPort: 0, host, port: Number(targetPort) }
    }),
  })
  await eventually(() => expect(mesh.isRegistered('redis-1')).toBe(true))
})
afterAll(async () => {
  loopback.close()
  await caller.sidecar.close()
  await service.sidecar.close()
  await mesh.stop()
})

describe('a connection through the mesh', () => {
  it('is carried over mTLS, half-closes, and both sides write down the same', async () => {
    const client = to('redis:6379')
    client.end('PING')
    expect(await heard(client)).toBe('PINGgoodbye')
    const out = await lineWith(caller, 'outbound tcp - ', `cluster="outbound|6379||${REDIS}"`)
    expect(out).toMatch(/^\[[^\]]+\] outbound tcp - "via_upstream" 4 11 [\d.]+ms tries=1 peer="spiffe:/)
    expect(out).toContain('peer="spiffe://cluster.local/ns/meshmart/sa/redis" upstream="redis-1 127.0.0.1:')
    expect(out).toContain('route="default" sni="-" destination="redis:6379"')
    const into = await lineWith(service, 'inbound tcp - ')
    expect(into).toContain('"via_upstream" 4 11 ')
    expect(into).toContain(`peer="spiffe://cluster.local/ns/meshmart/sa/orders"`)
    expect(into).toContain(`cluster="inbound|6379||${REDIS}"`)
    for (const [workload, reporter] of [
      [caller, 'source'],
      [service, 'destination'],
    ] as const) {
      const labels = [
        `reporter="${reporter}"`,
        'source_workload="orders"',
        'source_principal="spiffe://cluster.local/ns/meshmart/sa/orders"',
        `destination_service="${REDIS}"`,
        'destination_principal="spiffe://cluster.local/ns/meshmart/sa/redis"',
        'request_protocol="tcp",response_flags="-"',
        `connection_security_policy="${reporter === 'source' ? 'unknown' : 'mutual_tls'}"`,
      ]
      expect(await figure(workload, 'istio_tcp_connections_opened_total', ...labels)).toBe(1)
      expect(await figure(workload, 'istio_tcp_connections_closed_total', ...labels)).toBe(1)
      expect(await figure(workload, 'istio_tcp_received_bytes_total', ...labels)).toBe(4)
      expect(await figure(workload, 'istio_tcp_sent_bytes_total', ...labels)).toBe(11)
    }
  })

  it('carries 64 MiB both ways in bounded memory, and waits for a reader that waits', async () => {
    const client = to('redis:6379')
    const chunk = Buffer.alloc(MIB, 'x')
    const before = retained()
    let sent = 0
    let back = 0
    const send = (): void => {
      while (sent < 64) {
        sent++
        if (!client.write(chunk)) return
      }
      client.end()
    }
    client.on('drain', send)
    send()
    // As long as nobody reads, the kernel's buffers fill up, on the way back and then on the way there: most of it has not been taken.
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(sent).toBeLessThan(56)
    // Client, two sidecars and the service share this process; what was let go is swept in the background.
    await eventually(() => expect(retained() - before).toBeLessThan(8 * MIB), 5000)
    client.on('data', (part: Buffer) => (back += part.length))
    await once(client, 'close')
    expect(back).toBe(64 * MIB + 'goodbye'.length)
  })

  it('is refused by principal, and the log of the service says by which policy', async () => {
    await allow({ from: [{ principals: ['cluster.local/ns/meshmart/sa/payments'] }], to: [] })
    const client = to('redis:6379')
    client.write('PING')
    expect(await heard(client)).toBe('')
    const line = await lineWith(service, 'inbound tcp UAEX ')
    expect(line).toContain('AuthorizationPolicy meshmart/redis')
    expect(line).toContain('cluster.local/ns/meshmart/sa/orders')
    expect(await figure(service, 'istio_tcp_connections_closed_total', 'response_flags="UAEX"')).toBe(1)

    // Policies speak of the port of the workload, as in Istio, and not of the service's.
    const orders = [{ principals: ['cluster.local/ns/meshmart/sa/orders'] }]
    await allow({ from: orders, to: [{ ports: ['6379'] }] })
    const refused = to('redis:6379')
    refused.end('PING')
    expect(await heard(refused)).toBe('')
    await allow({ from: orders, to: [{ ports: [String(appPort)] }] })
    const next = to('redis:6379')
    next.end('PING')
    expect(await heard(next)).toBe('PINGgoodbye')
  })

  it('is allowed by no rule that speaks of HTTP', async () => {
    await allow({ from: [], to: [{ methods: ['GET'] }] })
    const client = to('redis:6379')
    client.write('PING')
    expect(await heard(client)).toBe('')
    await allow()
  })
})

describe('a connection that goes nowhere', () => {
  it('is closed where the mesh does not know the host', async () => {
    expect(await heard(to('nowhere:1'))).toBe('')
    const line = await lineWith(caller, 'outbound tcp NR ')
    expect(line).toContain('cluster="BlackHoleCluster"')
    expect(line).toContain('destination="nowhere:1"')
    const labels = ['destination_service="BlackHoleCluster"', 'response_flags="NR"']
    expect(await figure(caller, 'istio_tcp_connections_closed_total', ...labels)).toBe(1)
  })

  it('is closed where the port is carried as HTTP', async () => {
    expect(await heard(to('redis:80'))).toBe('')
    expect(await lineWith(caller, 'destination="redis:80"')).toContain('outbound tcp NR "port 80 of redis is none')
  })

  it('tries another endpoint, and outlier detection hears of it', async () => {
    const outlierDetection = {
      consecutive5xxErrors: 1,
      intervalMs: 60_000,
      baseEjectionTimeMs: 60_000,
      maxEjectionPercent: 100,
    }
    await outside('flaky', 7000, [await loopback.deadPort(), await loopback.echo()], {
      loadBalancer: 'ROUND_ROBIN',
      outlierDetection,
    })
    for (let index = 0; index < 3; index++) {
      const client = to('flaky:7000')
      client.end('x')
      expect(await heard(client)).toBe('xgoodbye')
    }
    expect(caller.log.text).toMatch(/outbound: endpoint ejected outbound\|7000\|\|flaky\S* flaky-1/)
    expect(await lineWith(caller, 'destination="flaky:7000"')).toContain('tries=1 ')
  })

  it('is refused above the limit of connections, and only then', async () => {
    await outside('full', 7001, [await loopback.echo()], { connectionPool: { maxConnections: 1 } })
    const first = to('full:7001')
    first.write('x')
    await once(first, 'data')
    expect(await heard(to('full:7001'))).toBe('')
    expect(await lineWith(caller, 'outbound tcp UO ')).toContain('1 connections are open, the limit')
    first.end()
    await heard(first)
    await eventually(async () => {
      const next = to('full:7001')
      next.end('x')
      expect(await heard(next)).toBe('xgoodbye')
    })
  })

  it('ends where nothing moves', async () => {
    await outside('idle', 7002, [await loopback.serve((socket) => socket.resume())], {
      connectionPool: { idleTimeoutMs: 150 },
    })
    const client = to('idle:7002')
    client.write('x')
    expect(await heard(client)).toBe('')
    expect(await lineWith(caller, 'destination="idle:7002"')).toContain(
      'outbound tcp - "nothing moved for 150 ms" 1 0 ',
    )
  })

  it('ends when it has lasted as long as it may', async () => {
    await outside('short', 7003, [await loopback.echo()], { connectionPool: { maxConnectionDurationMs: 150 } })
    const client = to('short:7003')
    client.write('x')
    expect(await heard(client)).toBe('x')
    expect(await lineWith(caller, 'destination="short:7003"')).toContain('outbound tcp DT "open for 150 ms, the limit"')
  })
})

describe('TLS that is not terminated', () => {
  it('goes by its server name, and by nothing else', async () => {
    const host = await mesh.define('bank', 'meshmart')
    const backends: Endpoint[] = []
    const proofs = new Map<string, string>()
    for (const name of ['eu', 'us']) {
      const { key, chain } = await mesh.authority.issue(`spiffe://cluster.local/ns/outside/sa/${name}`, {
        dnsNames: [`${name}.bank.example`],
      })
      const server = tls.createServer({ key, cert: chain }, (socket) => socket.end(name))
      backends.push(endpoint(name, 443, await loopback.listen(server)))
      proofs.set(name, chain)
    }
    const clusters = ['eu', 'us'].map((name) =>
      clusterOf(host, {
        name: `outbound|443|${name}|${host}`,
        port: 443,
        subset: name,
        subsetLabels: { backend: name },
      }),
    )
    const routes = ['eu', 'us'].map((name) => ({
      name,
      source: 'VirtualService meshmart/bank',
      match: [{ sniHosts: [`${name}.bank.example`] }],
      destinations: [{ cluster: `outbound|443|${name}|${host}`, weight: 100 }],
    }))
    await mesh.put(`endpoints.${host}`, { host, endpoints: backends })
    await mesh.put(
      `outbound.meshmart.${host}`,
      tcpOutboundTo(host, 'meshmart', 443, { tcp: { protocol: 'TLS', routes }, clusters }),
    )
    for (const name of ['us', 'eu', 'us']) {
      const client = tls.connect({
        port: caller.tcpPort('bank:443'),
        host: '127.0.0.1',
        servername: `${name}.bank.example`,
        // The certificate is the backend's own: nobody stands between.
        ca: mesh.authority.root,
      })
      expect(await heard(client)).toBe(name)
    }
    expect(await lineWith(caller, 'sni="eu.bank.example"')).toContain('route="VirtualService meshmart/bank eu"')
    // The same by CONNECT: its answer comes before the server name can be read.
    const tunnel = loopback.connect(caller.outboundPort)
    tunnel.write('CONNECT bank:443 HTTP/1.1\r\nHost: bank:443\r\n\r\n')
    expect(String(await once(tunnel, 'data'))).toBe('HTTP/1.1 200 Connection Established\r\n\r\n')
    const inside = tls.connect({ socket: tunnel, servername: 'eu.bank.example', ca: mesh.authority.root })
    expect(await heard(inside)).toBe('eu')
    const stranger = tls.connect({ port: caller.tcpPort('bank:443'), host: '127.0.0.1', servername: 'x.example' })
    stranger.on('error', () => undefined)
    await new Promise((resolve) => stranger.once('close', resolve))
    expect(await lineWith(caller, 'sni="x.example"')).toContain('outbound tcp NR "no route of bank:443')
  })
})

describe('CONNECT on the HTTP door', () => {
  const connect = async (authority: string, early = ''): Promise<net.Socket> => {
    const client = loopback.connect(caller.outboundPort)
    client.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n\r\n${early}`)
    return client
  }

  it('opens a way to a port that is carried as TCP', async () => {
    const client = await connect('redis:6379', 'early ')
    const said: string[] = []
    client.on('data', (chunk: Buffer) => said.push(chunk.toString()))
    await once(client, 'data')
    client.end('late')
    await once(client, 'close')
    expect(said.join('')).toBe('HTTP/1.1 200 Connection Established\r\n\r\nearly lategoodbye')
    expect(await lineWith(caller, 'destination="redis:6379"', ' 10 17 ')).toContain(
      'outbound tcp - "via_upstream" 10 17 ',
    )
  })

  it.each([
    ['nowhere.example:6379', 502, 'no such service'],
    ['redis:80', 502, 'none that is carried as TCP'],
  ])('answers for %s with %i', async (authority, status, reason) => {
    const answer = await heard(await connect(authority))
    expect(answer).toContain(`HTTP/1.1 ${status} `)
    expect(answer).toContain('mesh-nr')
    expect(await lineWith(caller, `destination="${authority}"`, 'outbound tcp NR ')).toContain(reason)
  })
})
