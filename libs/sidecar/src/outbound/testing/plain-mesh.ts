/** The outbound stack over real sockets without TLS, NATS or a control plane: for tests of what the layers do. */
import net from 'node:net'
import http from 'node:http'
import type { Cluster, Endpoint, EndpointsSnapshot, Route } from '@meshmart/mesh-policy'
import type { SnapshotSource } from '../../discovery/snapshot-source.ts'
import { FieldLines } from '../../http1/fields.ts'
import type { ResponseHead } from '../../http1/heads.ts'
import { trustOnly } from '../../identity/workload-identity.ts'
import type { Answer, Stack } from '../../stack.ts'
import { Tracer } from '../../telemetry/tracer.ts'
import { RecordedLog } from '../../testing/recorded-log.ts'
import { clusterOf, routeTo } from '../../testing/snapshots.ts'
import { ClusterRegistry } from '../cluster-registry.ts'
import type { ClusterRuntime } from '../cluster-runtime.ts'
import { OutboundExchange, type ResponseSink } from '../outbound-exchange.ts'
import { wholeBody, type RequestBody } from '../request-body.ts'
import { removeOwnFields } from '../request-head.ts'
import { prepareRouting } from '../routing-table.ts'
import { outboundStack } from '../stack.ts'

export const HOST = 'inventory.meshmart.svc.cluster.local'

export class PlainMesh {
  readonly log = new RecordedLog()
  readonly tracer = new Tracer(1)
  readonly ended: OutboundExchange[] = []
  /** What the next numbers of the random source are; 0.5 where there are none. */
  readonly randoms: number[] = []
  readonly #endpoints = new Map<string, Endpoint[]>()
  readonly #clusters: ClusterRegistry
  readonly #servers: net.Server[] = []
  readonly #sockets = new Set<net.Socket>()

  constructor() {
    const source: SnapshotSource = {
      watch: (key, apply: (snapshot: never) => void) => {
        const host = key.slice('endpoints.'.length)
        const snapshot: EndpointsSnapshot = { host, endpoints: this.#endpoints.get(host) ?? [] }
        queueMicrotask(() => apply(snapshot as never))
        return { stop: () => undefined }
      },
      discover: () => Promise.reject(new Error('nobody is asked')),
    }
    const reader = { namespace: 'meshmart', labels: {}, locality: '' }
    this.#clusters = new ClusterRegistry(source, {
      identity: trustOnly(''),
      reader,
      random: this.random,
      log: this.log,
    })
  }

  readonly random = (): number => this.randoms.shift() ?? 0.5

  /** An endpoint of a host that answers with node's HTTP. */
  serve(listener: http.RequestListener, host = HOST): Promise<Endpoint> {
    return this.#listen(http.createServer({ keepAlive: true }, listener), host)
  }

  /** An endpoint whose bytes the test writes itself. */
  serveRaw(onSocket: (socket: net.Socket) => void, host = HOST): Promise<Endpoint> {
    return this.#listen(net.createServer(onSocket), host)
  }

  /** An endpoint that nobody listens at. */
  async serveNobody(host = HOST): Promise<Endpoint> {
    const server = net.createServer()
    const endpoint = await this.#listen(server, host)
    await new Promise((resolve) => server.close(resolve))
    return endpoint
  }

  /** @param route and @param cluster of HOST; `more` hosts have a cluster each */
  async open(
    route: Partial<Route> = {},
    cluster: Partial<Cluster> = {},
    more: Readonly<Record<string, Partial<Cluster>>> = {},
  ): Promise<PlainClient> {
    const clusters = [clusterOf(HOST, cluster), ...Object.entries(more).map(([host, own]) => clusterOf(host, own))]
    const snapshot = Object.fromEntries(clusters.map((one) => [one.name, one]))
    const prepared = prepareRouting([routeTo(HOST, route)], snapshot, this.#clusters.reader)
    const table = { ...prepared, clusters: this.#clusters.use('test', snapshot) }
    await new Promise((resolve) => setImmediate(resolve))
    const stack = outboundStack({
      hosts: { lookup: () => ({ kind: 'known', table }), discover: () => undefined },
      tracer: this.tracer,
      random: this.random,
      recorder: { ended: (exchange) => void this.ended.push(exchange) },
    })
    return new PlainClient(stack, table.clusters)
  }

  close(): void {
    this.#clusters.destroy()
    for (const server of this.#servers) server.close()
    for (const socket of this.#sockets) socket.destroy()
  }

  async #listen(server: net.Server, host: string): Promise<Endpoint> {
    this.#servers.push(server)
    server.on('connection', (socket: net.Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const port = address === null || typeof address === 'string' ? 0 : address.port
    const of = this.#endpoints.get(host) ?? []
    const endpoint: Endpoint = {
      instance: `${host.split('.')[0]}-${of.length + 1}`,
      address: '127.0.0.1',
      ports: { '80': port },
      identity: 'spiffe://cluster.local/ns/meshmart/sa/inventory',
      transport: 'plaintext',
      labels: {},
      locality: '',
      weight: 1,
    }
    this.#endpoints.set(host, [...of, endpoint])
    return endpoint
  }
}

export interface PlainResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly failure: string | null
  readonly hints: readonly number[]
  readonly trailers: string
}

export class PlainClient {
  readonly clusters: ReadonlyMap<string, ClusterRuntime>
  readonly stack: Stack<OutboundExchange>

  constructor(stack: Stack<OutboundExchange>, clusters: ReadonlyMap<string, ClusterRuntime>) {
    this.stack = stack
    this.clusters = clusters
  }

  cluster(host = HOST): ClusterRuntime {
    const found = this.clusters.get(`outbound|80||${host}`)
    if (found === undefined) throw new Error(`no cluster of ${host}`)
    return found
  }

  begin(
    method: string,
    target: string,
    more: { fields?: string[]; body?: RequestBody | string; deadline?: number } = {},
  ): { exchange: OutboundExchange; response: Promise<PlainResponse> } {
    const fields = FieldLines.of(more.fields ?? [])
    const body = typeof more.body === 'string' ? wholeBody(Buffer.from(more.body)) : (more.body ?? null)
    if (body !== null && body.length >= 0) fields.set('content-length', String(body.length))
    const sink = new CollectingSink()
    removeOwnFields(fields)
    const exchange = new OutboundExchange(method, target, 'inventory', fields, body, sink, '127.0.0.1')
    exchange.requestId = 'r-1'
    exchange.deadline = more.deadline ?? null
    this.stack.start(exchange)
    return { exchange, response: sink.done }
  }

  call(...request: Parameters<PlainClient['begin']>): Promise<PlainResponse> {
    return this.begin(...request).response
  }
}

class CollectingSink implements ResponseSink {
  readonly done: Promise<PlainResponse>
  #resolve: (response: PlainResponse) => void = () => undefined
  #status = 0
  #headers: Record<string, string> = {}
  #body = ''
  readonly #hints: number[] = []

  constructor() {
    this.done = new Promise((resolve) => (this.#resolve = resolve))
  }

  informational(head: ResponseHead): void {
    this.#hints.push(head.status)
  }
  start(response: ResponseHead): void {
    this.#status = response.status
    response.fields.forEach((name, value) => (this.#headers[name.toLowerCase()] = value))
  }
  data(chunk: Buffer): boolean {
    this.#body += chunk.toString()
    return true
  }
  holdsData(): boolean {
    return true
  }
  end(trailers: FieldLines | null): void {
    this.#finish(null, trailers?.write() ?? '')
  }
  answer(answer: Answer): void {
    this.#status = answer.status
    this.#headers = { ...answer.headers }
    this.#body = answer.body
    this.#finish(null, '')
  }
  fail(error: Error): void {
    this.#finish(error.message, '')
  }

  #finish(failure: string | null, trailers: string): void {
    this.#resolve({
      status: this.#status,
      headers: this.#headers,
      body: this.#body,
      failure,
      hints: this.#hints,
      trailers,
    })
  }
}
