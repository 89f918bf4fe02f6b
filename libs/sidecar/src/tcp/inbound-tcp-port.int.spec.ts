/** One service port that carries no HTTP, without the rest of a sidecar: what PeerAuthentication lets in, and how it is left. */
import { once } from 'node:events'
import tls from 'node:tls'
import { afterEach, beforeAll, expect, it } from 'vitest'
import type { InboundSnapshot } from '@meshmart/mesh-policy'
import { validityOf, WorkloadIdentity } from '../identity/workload-identity.ts'
import { InboundPolicies } from '../inbound/inbound-policy.ts'
import { KeySources } from '../inbound/jwt/key-sources.ts'
import { AccessLog } from '../telemetry/access-log.ts'
import { RequestMetrics } from '../telemetry/metrics.ts'
import { Tracer } from '../telemetry/tracer.ts'
import { makeAuthority, type IssuedCertificate, type TestAuthority } from '../testing/certificates.ts'
import { eventually } from '../testing/eventually.ts'
import { RecordedLog } from '../testing/recorded-log.ts'
import { inboundOf } from '../testing/snapshots.ts'
import { InboundTcpPort } from './inbound-tcp-port.ts'
import { heard, Loopback } from './testing/loopback.ts'

const OWN_ID = 'spiffe://cluster.local/ns/meshmart/sa/mysql'
let authority: TestAuthority
let own: IssuedCertificate
let peer: IssuedCertificate
let loopback = new Loopback()
let port: InboundTcpPort | null = null
let metrics = new RequestMetrics()

beforeAll(async () => {
  authority = await makeAuthority()
  own = await authority.issue(OWN_ID)
  peer = await authority.issue('spiffe://cluster.local/ns/meshmart/sa/orders')
})
afterEach(() => {
  port?.destroy()
  loopback.close()
  loopback = new Loopback()
})

/** @param snapshot null where none has come yet @returns the port of the listener */
async function open(appPort: number, snapshot: Partial<InboundSnapshot> | null): Promise<number> {
  const log = new RecordedLog()
  const policies = new InboundPolicies(new KeySources(() => Promise.reject(new Error('nobody gives keys here')), log))
  if (snapshot !== null) policies.apply({ ...inboundOf('meshmart', 'mysql'), ...snapshot })
  metrics = new RequestMetrics()
  const self = {
    workload: 'mysql',
    namespace: 'meshmart',
    principal: 'cluster.local/ns/meshmart/sa/mysql',
    host: 'mysql.meshmart.svc.cluster.local',
  }
  port = new InboundTcpPort(
    { name: 'mysql', servicePort: 3306, appPort, inboundPort: 0 },
    {
      settings: { MESH_APP_ADDRESS: '127.0.0.1' },
      identity: new WorkloadIdentity(OWN_ID, 'cluster.local', {
        privateKey: own.key,
        certificateChain: own.chain,
        trustBundle: authority.root,
        ...validityOf(own.chain),
      }),
      policies,
      telemetry: { metrics, accessLog: new AccessLog('off'), tracer: new Tracer(0), self },
      log,
      protocolDetectionMs: 60,
    },
  )
  await port.listen('127.0.0.1')
  return port.registered.listener
}

const mode = (of: 'STRICT' | 'PERMISSIVE'): Partial<InboundSnapshot> => ({
  peerAuthentication: { mode: of, source: 'PeerAuthentication meshmart/mysql' },
})
const greeter = (): Promise<number> => loopback.serve((socket) => socket.end('8.0 ready'))

function secure(to: number, alpn: string[] = []): tls.TLSSocket {
  const { key, chain } = peer
  const socket = tls.connect({
    port: to,
    host: '127.0.0.1',
    key,
    cert: chain,
    ca: authority.root,
    checkServerIdentity: () => undefined,
    ALPNProtocols: alpn,
  })
  socket.allowHalfOpen = true
  socket.on('error', () => undefined)
  return socket
}

it('PERMISSIVE: a server that speaks first is heard by a caller that says nothing', async () => {
  const listening = await open(await greeter(), mode('PERMISSIVE'))
  expect(await heard(loopback.connect(listening))).toBe('8.0 ready')
})

it('PERMISSIVE: plain bytes and mTLS come to the same application', async () => {
  const listening = await open(await loopback.echo(), mode('PERMISSIVE'))
  const plain = loopback.connect(listening)
  plain.end('plain ')
  expect(await heard(plain)).toBe('plain goodbye')
  const encrypted = secure(listening)
  encrypted.end('mTLS ')
  expect(await heard(encrypted)).toBe('mTLS goodbye')
  // The caller may have read the end before this side knows that it is over.
  await eventually(() => {
    expect(metrics.exposition()).toMatch(/connections_closed_total\{.*connection_security_policy="none"\} 1/)
    expect(metrics.exposition()).toMatch(/connections_closed_total\{.*connection_security_policy="mutual_tls"\} 1/)
  })
})

it.each([[['istio']], [['http/1.1']], [[]]])('STRICT: whatever protocol the caller offers, %j', async (alpn) => {
  const listening = await open(await greeter(), mode('STRICT'))
  expect(await heard(secure(listening, alpn))).toBe('8.0 ready')
})

it('STRICT: plain bytes reach nobody', async () => {
  const listening = await open(await greeter(), mode('STRICT'))
  const plain = loopback.connect(listening)
  plain.write('select 1\n'.repeat(10))
  expect(await heard(plain)).not.toContain('ready')
  expect(port?.refused).toBe(1)
})

it('lets nobody in before the policy is known', async () => {
  const listening = await open(await greeter(), null)
  expect(await heard(secure(listening))).toBe('')
})

it('says that the application does not listen', async () => {
  const listening = await open(await loopback.deadPort(), mode('STRICT'))
  expect(await heard(secure(listening))).toBe('')
  await eventually(() => expect(metrics.exposition()).toMatch(/connections_closed_total\{.*response_flags="UF".* 1\n/))
})

it('a drain waits for open connections, and then closes them', async () => {
  const listening = await open(await loopback.echo(), mode('STRICT'))
  const staying = secure(listening)
  const leaving = secure(listening)
  for (const client of [staying, leaving]) {
    client.write('x')
    await once(client, 'data')
  }
  port?.stop()
  const quiet = port?.quiet(200)
  leaving.end('x')
  expect(await heard(leaving)).toBe('xgoodbye')
  expect(await quiet).toBe(1)
  expect(await heard(staying)).toBe('')
  await eventually(() => expect(metrics.exposition()).toMatch(/connections_closed_total\{.*\} 2/))
  const late = loopback.connect(listening)
  expect(await new Promise((resolve) => late.once('close', resolve)), 'closed by an error').toBe(true)
})
