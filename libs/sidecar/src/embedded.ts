/** The embedded placement, put together: which part talks to which, and in which order everything is opened, drained and closed. */
import type http from 'node:http'
import type { Duplex } from 'node:stream'
import type { NatsConnection } from '@nats-io/transport-node'
import type { InboundSnapshot } from '@meshmart/mesh-policy'
import type { Dispatcher } from 'undici'
import { AdminServer } from './admin/server.ts'
import { expandHost } from './discovery/host-names.ts'
import type { RememberedSnapshots } from './memory/remembered-snapshots.ts'
import { Registration } from './discovery/registration.ts'
import type { CertificateRotation } from './identity/rotation.ts'
import { followTrust } from './identity/trust.ts'
import type { WorkloadIdentity } from './identity/workload-identity.ts'
import type { EmbeddedInboundExchange } from './inbound/embedded-inbound-exchange.ts'
import { InboundPolicies } from './inbound/inbound-policy.ts'
import { KeySources } from './inbound/jwt/key-sources.ts'
import { ListenerDelivery } from './inbound/listener-delivery.ts'
import { InboundServer } from './inbound/server.ts'
import { inboundStack } from './inbound/stack.ts'
import { TlsListener } from './inbound/tls-listener.ts'
import { Ingress } from './ingress/ingress.ts'
import { LifeCycle } from './life-cycle.ts'
import type { SidecarLog } from './log.ts'
import { MeshDispatcher } from './outbound/dispatcher.ts'
import { Outbound } from './outbound/outbound.ts'
import type { SidecarSettings } from './settings.ts'
import type { IngressOptions, Sidecar } from './sidecar.ts'
import type { Answer } from './stack.ts'
import { setProcessTracer } from './telemetry/context.ts'
import type { Figure } from './telemetry/figures.ts'
import { ownTelemetry } from './telemetry/own-telemetry.ts'
import { InboundRecorder, recordRefusal, type Telemetry } from './telemetry/recorders.ts'
import type { Tracer } from './telemetry/tracer.ts'

/** Of every embedded workload; see docs/architecture.md. */
const SERVICE_PORT = 80
const POLICY_LIMIT_MS = 10_000
const IN_FLIGHT_LIMIT_MS = 20_000

export interface EmbeddedParts {
  readonly settings: SidecarSettings
  readonly log: SidecarLog
  readonly identity: WorkloadIdentity
  readonly rotation: CertificateRotation
  readonly nats: NatsConnection
  readonly snapshots: RememberedSnapshots
}

interface Inbound {
  readonly listener: http.RequestListener
  readonly server: InboundServer
  readonly door: TlsListener
}

export class EmbeddedSidecar extends LifeCycle implements Sidecar {
  readonly identity: string
  readonly nats: NatsConnection
  readonly dispatcher: Dispatcher
  readonly #parts: EmbeddedParts
  readonly #ownHost: string
  readonly #policies: InboundPolicies
  readonly #tracer: Tracer
  readonly #telemetry: Telemetry
  readonly #outbound: Outbound
  readonly #registration: Registration
  readonly #admin: AdminServer
  readonly #checks = new Map<string, () => Promise<void>>()
  #inbound: Inbound | null = null
  #ingress: Ingress | null = null

  constructor(parts: EmbeddedParts) {
    super()
    const { settings, log, identity, snapshots } = parts
    this.#parts = parts
    this.identity = identity.spiffeId
    this.nats = parts.nats
    this.#ownHost = expandHost(settings.MESH_WORKLOAD, settings.MESH_NAMESPACE, settings.MESH_TRUST_DOMAIN)
    const refused = (): number => (this.#inbound?.door.refused ?? 0) + (this.#ingress?.refused ?? 0)
    this.#telemetry = ownTelemetry(settings, this.identity, this.#ownHost, refused)
    const { metrics, tracer } = this.#telemetry
    this.#tracer = tracer
    this.#outbound = new Outbound({
      settings,
      identity,
      snapshots,
      tracer,
      telemetry: this.#telemetry,
      log,
    })
    this.dispatcher = new MeshDispatcher(this.#outbound.stack, tracer)
    this.#policies = new InboundPolicies(new KeySources(this.#outbound.own.fetchKeys, log))
    this.#registration = new Registration(settings, this.#ownHost, this.nats, snapshots, log)
    this.#admin = new AdminServer({
      metrics,
      clusters: this.#outbound.clusters,
      identity,
      snapshots,
      settings,
      checks: this.#checks,
      log,
      drain: () => this.drain(),
    })
    this.#checks.set('sidecar', async () => {
      if (this.state !== 'open') throw new Error(this.state)
      if (this.#policies.current === null) throw new Error('the inbound policy has not come yet')
    })
    setProcessTracer(this.#tracer)
    followTrust({ snapshots, identity, rotation: parts.rotation, log })
    snapshots.watch<InboundSnapshot>(`inbound.${settings.MESH_NAMESPACE}.${settings.MESH_WORKLOAD}`, (snapshot) => {
      // A policy that is deleted is not a policy that allows: the last one stays until there is another.
      if (snapshot === null) return
      const useTelemetry = this.#telemetry.control?.prepareWorkload(snapshot.telemetry)
      this.#policies.apply(snapshot)
      useTelemetry?.()
    })
  }

  createInboundServer(listener: http.RequestListener): http.Server {
    if (this.#inbound !== null) throw new Error('createInboundServer: called twice, a workload has one inbound server')
    const { identity, log, settings } = this.#parts
    const door = new TlsListener({
      identity,
      servicePort: SERVICE_PORT,
      mode: (workloadPort) => this.#policies.mtlsMode(workloadPort),
      trustDomainAliases: () => this.#policies.trustDomainAliases,
      accept: (socket) => this.#inbound?.server.accept(socket),
      log,
      accessLog: this.#telemetry.accessLog,
    })
    const stack = inboundStack<EmbeddedInboundExchange>({
      policies: this.#policies,
      draining: () => this.state !== 'open',
      checkAccess: this.#outbound.own.checkAccess,
      deliver: new ListenerDelivery(listener),
      recorder: new InboundRecorder(this.#telemetry),
      log,
    })
    const record = (method: string, path: string, answer: Answer, socket: Duplex): void =>
      recordRefusal(this.#telemetry, 'inbound', { method, path, answer, peer: door.peerOf(socket) })
    this.#inbound = { listener, door, server: new InboundServer(stack, this.#tracer, settings.MESH_INSTANCE, record) }
    return this.#inbound.server.http
  }

  async open(): Promise<void> {
    const { settings, log } = this.#parts
    const { door } = this.#requireInbound('open')
    const adminPort = await this.#admin.listen(settings.MESH_ADMIN_PORT)
    const port = await door.listen(settings.MESH_BIND_ADDRESS, settings.MESH_INBOUND_PORT)
    await this.#untilPolicy()
    this.state = 'open'
    const address = await this.#registration.begin([{ servicePort: SERVICE_PORT, name: 'http', listener: port }])
    log.info('sidecar: open', {
      identity: this.identity,
      inbound: `${address}:${port}`,
      admin: `http://127.0.0.1:${adminPort}`,
    })
  }

  async openIngress(options: IngressOptions): Promise<void> {
    const { listener, server } = this.#requireInbound('openIngress')
    const ingress = new Ingress(options, {
      outbound: this.#outbound,
      snapshots: this.#parts.snapshots,
      tracer: this.#tracer,
      telemetry: this.#telemetry,
      log: this.#parts.log,
      listener,
      ownHost: this.#ownHost,
      track: (response) => server.track(response),
    })
    await ingress.open()
    this.#ingress = ingress
    this.addReadinessCheck('gateway', ingress.check)
  }

  addReadinessCheck(name: string, check: () => Promise<void>): void {
    this.#checks.set(name, check)
  }

  addFigure(name: string, { type, help, read }: Figure): void {
    this.#telemetry.metrics.expose(name, type, help, read)
  }

  #requireInbound(caller: string): Inbound {
    if (this.#inbound === null) throw new Error(`${caller}: createInboundServer must be called first`)
    return this.#inbound
  }

  /** Registered before its policy is there, a replica would be called and answer 503; but who never gets one must be seen in the registry too. */
  async #untilPolicy(): Promise<void> {
    let timer: NodeJS.Timeout | null = null
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.#parts.log.warn('inbound: no policy yet, registering without one; nothing is let in until it comes')
        resolve()
      }, POLICY_LIMIT_MS)
    })
    await Promise.race([this.#policies.arrived(), late])
    if (timer !== null) clearTimeout(timer)
  }

  protected async finishInFlight(): Promise<void> {
    const { log } = this.#parts
    await this.#registration.end()
    this.#ingress?.stop()
    this.#inbound?.door.stop()
    const carried = this.#ingress?.quiet(IN_FLIGHT_LIMIT_MS)
    const left = (await this.#inbound?.server.quiet(IN_FLIGHT_LIMIT_MS)) ?? 0
    await carried
    if (left > 0) log.warn('sidecar: drained, but requests are still in flight', { requests: left })
    log.info('sidecar: drained')
  }

  protected async closeHandles(): Promise<void> {
    await this.#outbound.flush()
    this.#ingress?.destroy()
    this.#inbound?.door.destroy()
    this.#inbound?.server.close()
    this.#policies.close()
    this.#parts.rotation.close()
    this.#registration.stop()
    await this.dispatcher.destroy()
    this.#outbound.destroy()
    this.#parts.snapshots.stop()
    this.#admin.close()
    setProcessTracer(null)
    await this.nats.close()
    this.#telemetry.accessLog.close()
  }
}
