/**
 * A mesh for tests: real NATS, real TLS, and the smallest control plane that keeps to docs/architecture.md: it signs certificates, turns leases into endpoint
 * snapshots, and answers for the hosts that a test has defined.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import https from 'node:https'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstream } from '@nats-io/jetstream'
import { Kvm, type KV } from '@nats-io/kv'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import * as z from 'zod'
import type { Cluster, Endpoint, InboundSnapshot, Route } from '@meshmart/mesh-policy'
import { sidecarSettingsShape, type SidecarSettings } from '../settings.ts'
import { startSidecar } from '../start.ts'
import type { Sidecar } from '../sidecar.ts'
import { makeAuthority, type TestAuthority } from './certificates.ts'
import { makeNatsServer, type TestNatsServer } from './nats-server.ts'
import { RecordedLog } from './recorded-log.ts'
import { inboundOf, outboundTo } from './snapshots.ts'

/** The server's certificate has no host name; that it is the right one is the sidecar's to check. */
const anyHost = { checkServerIdentity: (): undefined => undefined }

export interface RunningWorkload {
  readonly sidecar: Sidecar
  readonly log: RecordedLog
  readonly settings: SidecarSettings
  /** Its access log. */
  readonly accessLogFile: string
}

export class TestMesh {
  readonly authority: TestAuthority
  readonly nats: TestNatsServer
  /** Milliseconds that new certificates live. */
  certificateLifeMs = 3_600_000
  certificatesIssued = 0
  readonly acknowledgements: { key: string; revision: number; accepted: boolean; reason?: string }[] = []
  readonly #directory: string
  readonly #server: https.Server
  #connection: NatsConnection | null = null
  #bucket: KV | null = null
  readonly #known = new Map<string, string>()
  readonly #endpoints = new Map<string, Map<string, Endpoint>>()
  readonly #sidecars: Sidecar[] = []
  readonly #logs = new Map<string, RecordedLog>()

  private constructor(authority: TestAuthority, nats: TestNatsServer, directory: string, server: https.Server) {
    this.authority = authority
    this.nats = nats
    this.#directory = directory
    this.#server = server
  }

  static async start(binary: string): Promise<TestMesh> {
    const authority = await makeAuthority()
    const nats = await makeNatsServer(binary, authority)
    const directory = await mkdtemp(join(tmpdir(), 'sidecar-mesh-'))
    const own = await authority.issue('spiffe://cluster.local/ns/meshmart-system/sa/control-plane')
    const server = https.createServer({
      key: own.key,
      cert: own.chain,
      ca: authority.root,
      requestCert: true,
      rejectUnauthorized: false,
    })
    const mesh = new TestMesh(authority, nats, directory, server)
    server.on('request', (request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => void mesh.#issue(body).then((answer) => response.end(JSON.stringify(answer))))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    await writeFile(join(directory, 'root.pem'), authority.root)
    await writeFile(join(directory, 'token'), 'join-token', { mode: 0o600 })
    await nats.start()
    await mesh.#openNats(own)
    return mesh
  }

  get controlPlaneUrl(): string {
    const address = this.#server.address()
    return `https://127.0.0.1:${address === null || typeof address === 'string' ? 0 : address.port}`
  }

  /** Makes a host known to callers in a namespace. */
  async define(
    name: string,
    namespace: string,
    more: { route?: Partial<Route>; cluster?: Partial<Cluster> } = {},
  ): Promise<string> {
    const host = `${name}.${namespace}.svc.cluster.local`
    this.#known.set(name, host)
    await this.put(`endpoints.${host}`, { host, endpoints: this.#list(host) })
    await this.put(`outbound.${namespace}.${host}`, outboundTo(host, namespace, more))
    return host
  }

  async put(key: string, snapshot: unknown): Promise<number> {
    if (this.#bucket === null) throw new Error('the mesh is not started')
    return this.#bucket.put(key, JSON.stringify(snapshot))
  }

  settings(workload: string, instance: string, namespace = 'meshmart'): SidecarSettings {
    return z.object(sidecarSettingsShape).parse({
      MESH_WORKLOAD: workload,
      MESH_NAMESPACE: namespace,
      MESH_INSTANCE: instance,
      MESH_CONTROL_PLANE_URL: this.controlPlaneUrl,
      MESH_ROOT_CERT_FILE: join(this.#directory, 'root.pem'),
      MESH_JOIN_TOKEN_FILE: join(this.#directory, 'token'),
      MESH_NATS_URL: `tls://127.0.0.1:${this.nats.port}`,
      MESH_ACCESS_LOG: join(this.#directory, `${instance}.log`),
    })
  }

  /** Starts and opens a workload. @param listener what it serves; nothing where it only calls */
  async run(
    workload: string,
    instance: string,
    listener: RequestListener = (_request, response) => void response.end(instance),
    policies: InboundSnapshot['authorizationPolicies'] = [],
  ): Promise<RunningWorkload> {
    const settings = this.settings(workload, instance)
    await this.put(`inbound.meshmart.${workload}`, inboundOf('meshmart', workload, policies))
    const log = new RecordedLog()
    const sidecar = await startSidecar(settings, { log })
    this.#sidecars.push(sidecar)
    this.#logs.set(instance, log)
    sidecar.createInboundServer(listener)
    await sidecar.open()
    return { sidecar, log, settings, accessLogFile: settings.MESH_ACCESS_LOG }
  }

  log(instance: string): RecordedLog {
    const log = this.#logs.get(instance)
    if (log === undefined) throw new Error(`${instance} does not run`)
    return log
  }

  /** Where a replica listens, once the registry knows it. */
  endpointOf(instance: string): Endpoint {
    for (const endpoints of this.#endpoints.values()) {
      const endpoint = endpoints.get(instance)
      if (endpoint !== undefined) return endpoint
    }
    throw new Error(`${instance} is not registered`)
  }

  isRegistered(instance: string): boolean {
    return [...this.#endpoints.values()].some((endpoints) => endpoints.has(instance))
  }

  /** The control plane is gone; NATS and the workloads stay. */
  async stopControlPlane(): Promise<void> {
    await this.#connection?.close()
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async stop(): Promise<void> {
    for (const sidecar of this.#sidecars) await sidecar.close()
    await this.stopControlPlane()
    await this.nats.remove()
    await rm(this.#directory, { recursive: true, force: true })
  }

  async #issue(body: string): Promise<object> {
    const { csr } = z.object({ csr: z.string() }).parse(JSON.parse(body))
    const { chain, notAfter } = await this.authority.sign(csr, this.certificateLifeMs)
    this.certificatesIssued++
    return { certificateChain: chain, trustBundle: this.authority.root, notAfter: notAfter.toISOString() }
  }

  async #openNats(own: { key: string; chain: string }): Promise<void> {
    const connection = await connect({
      servers: `127.0.0.1:${this.nats.port}`,
      tls: { key: own.key, cert: own.chain, ca: this.authority.root, ...anyHost },
      maxReconnectAttempts: -1,
      reconnectTimeWait: 100,
    })
    this.#connection = connection
    const kv = new Kvm(jetstream(connection))
    this.#bucket = await kv.create('mesh', { history: 1 })
    const leases = await kv.create('leases', { history: 1, markerTTL: 60_000 })
    connection.subscribe('mesh.discover.*', {
      callback: (_error, message) => {
        const { host } = z.object({ host: z.string() }).parse(message.json())
        const full = this.#known.get(host) ?? [...this.#known.values()].find((known) => known === host)
        message.respond(
          JSON.stringify(
            full === undefined ? { found: false, reason: 'no such service' } : { found: true, host: full },
          ),
        )
      },
    })
    connection.subscribe('mesh.ack.>', {
      callback: (_error, message) => void this.acknowledgements.push(message.json()),
    })
    void this.#register(leases)
  }

  async #register(leases: KV): Promise<void> {
    for await (const entry of await leases.watch()) {
      const [namespace = '', service = '', instance = ''] = entry.key.split('.')
      const host = `${service}.${namespace}.svc.cluster.local`
      let endpoints = this.#endpoints.get(host)
      if (endpoints === undefined) this.#endpoints.set(host, (endpoints = new Map<string, Endpoint>()))
      const before = JSON.stringify(this.#list(host))
      if (entry.operation !== 'PUT' || entry.length === 0) endpoints.delete(instance)
      else {
        const identity = `spiffe://cluster.local/ns/${namespace}/sa/${service}`
        endpoints.set(instance, { ...entry.json<Omit<Endpoint, 'identity'>>(), identity })
      }
      if (JSON.stringify(this.#list(host)) !== before)
        await this.put(`endpoints.${host}`, { host, endpoints: this.#list(host) })
    }
  }

  #list(host: string): Endpoint[] {
    return [...(this.#endpoints.get(host)?.values() ?? [])]
  }
}
