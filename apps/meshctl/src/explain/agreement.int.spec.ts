/**
 * What is explained is what happens: a generated corpus of requests goes through two real sidecars (NATS, mTLS), and each answer is compared with the
 * explanation of it. MESHCTL_SEED repeats a run.
 */
import type { Sidecar } from '@meshmart/sidecar'
import { TestMesh } from '@meshmart/sidecar/internal'
import { createCompiler, explain, explainedMesh, readMesh, type Explanation, type Question } from '@meshmart/istio-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  authorizationPolicy,
  kubernetesService,
  NAMESPACE,
  PEERS,
  request,
  virtualService,
  type CorpusRequest,
} from './testing/corpus.ts'

const SEED = Number(process.env['MESHCTL_SEED'] ?? 20_261_129)
const MESHES = 30
const REQUESTS = 20
const CALLER = 'orders'

/** mulberry32, public domain. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const random = randomFrom(SEED)
const hosts = Array.from({ length: MESHES }, (_, index) => `front-${index}`)
const documents = [
  ...[...hosts, ...PEERS].map(kubernetesService),
  ...hosts.map((host) => virtualService(random, host)),
  ...PEERS.flatMap((peer) => [0, 1].map((index) => authorizationPolicy(random, peer, index))),
]
const read = readMesh(documents.map((each) => JSON.stringify(each)).join('\n---\n'), 'corpus.yaml')
const explained = explainedMesh(read)
const services = [...hosts, ...PEERS].map((name) => {
  return { host: hostOf(name), namespace: NAMESPACE, name, ports: [80], portNames: { 80: 'http' }, accounts: [] }
})
const compiler = createCompiler({ resources: read.resources, services })

let mesh: TestMesh
let caller: Sidecar

beforeAll(async () => {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER is not set: run through the root vitest config')
  mesh = await TestMesh.start(binary)
  caller = (await mesh.run(CALLER, `${CALLER}-1`)).sidecar
  for (const name of [...hosts, ...PEERS]) {
    await mesh.define(name, NAMESPACE)
    await mesh.put(`outbound.${NAMESPACE}.${hostOf(name)}`, compiler.compileOutbound(NAMESPACE, hostOf(name)))
  }
  for (const peer of PEERS) {
    const { authorizationPolicies } = compiler.compileInbound(NAMESPACE, peer, { app: peer })
    await mesh.run(
      peer,
      `${peer}-1`,
      ({ method, url, headers }, response) => void response.end(JSON.stringify({ peer, method, url, headers })),
      authorizationPolicies,
    )
  }
}, 60_000)
afterAll(() => mesh.stop())

function hostOf(name: string): string {
  return `${name}.${NAMESPACE}.svc.cluster.local`
}

test(
  `explanation and live behaviour agree on ${MESHES * REQUESTS} requests (seed ${SEED})`,
  { timeout: 120_000 },
  async () => {
    expect(read.problems.filter(({ severity }) => severity === 'error')).toEqual([])
    await expect.poll(() => PEERS.every((peer) => mesh.isRegistered(`${peer}-1`))).toBe(true)
    const counts = new Map<string, number>()
    for (const host of hosts) {
      for (let index = 0; index < REQUESTS; index++) {
        const asked = request(random)
        const kind = await compare(host, asked)
        counts.set(kind, (counts.get(kind) ?? 0) + 1)
      }
    }
    // A corpus in which everything ends the same way would prove nothing.
    for (const kind of ['delivered', 'refused', 'answered']) expect(counts.get(kind) ?? 0, kind).toBeGreaterThan(20)
    console.log(`seed ${SEED}:`, Object.fromEntries(counts))
  },
)

const clock = { verify: () => Promise.reject(new Error('the corpus has no tokens')), now: 0 }

async function compare(host: string, asked: CorpusRequest): Promise<string> {
  const live = await send(host, asked)
  const outbound = await explain(explained, questionOf('outbound', host, asked, CALLER), clock)
  const hint = `${host} ${JSON.stringify(asked)} seed ${SEED}\n${JSON.stringify(outbound)}\n${JSON.stringify(live)}`
  if (outbound.response !== null || outbound.upstream === null) {
    const { status = 0, location = null } = outbound.response ?? {}
    expect({ status: live.status, location: live.location }, hint).toEqual({ status, location })
    return 'answered'
  }
  const inbound = await Promise.all(
    outbound.destinations.map((destination) => arrival(outbound, destination.host ?? '')),
  )
  const statuses = inbound.map(({ response }) => response?.status ?? 200)
  expect(statuses, hint).toContain(live.status)
  if (live.status === 403) return 'refused'
  const echoed = live.echo
  expect(echoed, hint).not.toBeNull()
  expect(
    outbound.destinations.map((destination) => destination.host),
    hint,
  ).toContain(hostOf(echoed?.peer ?? ''))
  const { method, path, authority, headers } = outbound.upstream
  expect({ method: echoed?.method, path: echoed?.url, authority: echoed?.headers['host'] }, hint).toEqual({
    method,
    path,
    authority,
  })
  expect(marked(echoed?.headers ?? {}), hint).toEqual(marked(headers))
  return 'delivered'
}

/** What the peer's own sidecar makes of what is sent. */
function arrival({ upstream }: Explanation, host: string): Promise<Explanation> {
  const peer = host.split('.')[0] ?? ''
  const received = { method: upstream?.method ?? '', target: upstream?.path ?? '', headers: upstream?.headers ?? {} }
  const question = questionOf('inbound', upstream?.authority ?? '', received, peer)
  const principal = `cluster.local/ns/${NAMESPACE}/sa/${CALLER}`
  return explain(
    explained,
    { ...question, connection: { ...question.connection, host: peer, security: 'mtls', principal } },
    clock,
  )
}

function questionOf(
  side: Question['side'],
  host: string,
  { method, target, headers }: CorpusRequest,
  app: string,
): Question {
  return {
    side,
    namespace: NAMESPACE,
    labels: { app },
    address: null,
    connection: { host, port: 80, security: 'plaintext', sni: null, principal: null, sourceIp: null },
    request: {
      method,
      target,
      authority: host,
      fields: Object.entries(headers),
      http2: false,
      token: null,
      claims: null,
    },
  }
}

interface Echo {
  readonly peer: string
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

async function send(host: string, { method, target, headers }: CorpusRequest) {
  const {
    statusCode,
    headers: answered,
    body,
  } = await caller.dispatcher.request({ origin: `http://${host}`, path: target, method: methodOf(method), headers })
  const text = await body.text()
  const { location } = answered
  return {
    status: statusCode,
    location: typeof location === 'string' ? location : null,
    echo: statusCode === 200 ? echoOf(text) : null,
  }
}

function methodOf(method: string): 'GET' | 'POST' | 'DELETE' {
  return method === 'POST' || method === 'DELETE' ? method : 'GET'
}

function echoOf(text: string): Echo {
  const echo: Echo = JSON.parse(text)
  return echo
}

/** Fields that the corpus speaks of. */
function marked(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    ['x-a', 'x-b', 'x-old', 'x-set'].flatMap((name) => {
      const value = headers[name]
      return value === undefined ? [] : [[name, value.replaceAll(', ', ',')]]
    }),
  )
}
