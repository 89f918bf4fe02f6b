/** The process placement, put together: which part talks to which, and in which order everything is opened, drained and closed. */
import { setTimeout as pause } from 'node:timers/promises'
import type { NatsConnection } from '@nats-io/transport-node'
import type { InboundSnapshot } from '@meshmart/mesh-policy'
import { AdminServer } from '../admin/server.ts'
import { expandHost } from '../discovery/host-names.ts'
import type { NatsSnapshots } from '../discovery/nats-snapshots.ts'
import { Registration } from '../discovery/registration.ts'
import type { OwnIdentity } from '../startup.ts'
import { InboundPolicies } from '../inbound/inbound-policy.ts'
import { KeySources } from '../inbound/jwt/key-sources.ts'
import { LifeCycle } from '../life-cycle.ts'
import { reasonOf, type SidecarLog } from '../log.ts'
import type { RememberedSnapshots } from '../memory/remembered-snapshots.ts'
import { Outbound } from '../outbound/outbound.ts'
import { OutboundTcp } from '../tcp/outbound-tcp.ts'
import { ownTelemetry } from '../telemetry/own-telemetry.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { AppWatch } from './app-watch.ts'
import { servicePortOf, type ServicePort } from './inbound-port.ts'
import { OutboundListener } from './outbound-listener.ts'
import type { ProcessSettings } from './settings.ts'

const IN_FLIGHT_LIMIT_MS = 20_000
const REGISTER_PAUSE_MS = 500

export interface ProcessParts {
  readonly settings: ProcessSettings
  readonly own: OwnIdentity
  readonly snapshots: RememberedSnapshots
  readonly log: SidecarLog
}

export class ProcessSidecar extends LifeCycle {
  readonly #parts: ProcessParts
  readonly #host: string
  readonly #telemetry: Telemetry
  readonly #outbound: Outbound
  readonly #policies: InboundPolicies
  readonly #ports: readonly ServicePort[]
  readonly #tcp: OutboundTcp
  readonly #listener: OutboundListener
  readonly #admin: AdminServer
  readonly #app: AppWatch
  readonly #abort = new AbortController()
  #nats: NatsConnection | null = null
  #source: NatsSnapshots | null = null
  #registration: Registration | null = null
  #registered = false

  constructor(parts: ProcessParts) {
    super()
    const { settings, own, snapshots, log } = parts
    const { identity } = own
    this.#parts = parts
    this.#host = expandHost(settings.MESH_WORKLOAD, settings.MESH_NAMESPACE, settings.MESH_TRUST_DOMAIN)
    const refused = (): number => this.#ports.reduce((sum, port) => sum + port.refused, 0)
    this.#telemetry = ownTelemetry(settings, identity.spiffeId, this.#host, refused)
    const { tracer, metrics } = this.#telemetry
    this.#app = new AppWatch(settings.MESH_APP_ADDRESS, settings.MESH_APP_PORTS, log)
    const shared = { settings, identity, snapshots, tracer, telemetry: this.#telemetry, log }
    this.#outbound = new Outbound(shared)
    const { own: ownRequests, clusters } = this.#outbound
    this.#policies = new InboundPolicies(new KeySources(ownRequests.fetchKeys, log))
    const inbound = {
      ...shared,
      policies: this.#policies,
      checkAccess: ownRequests.checkAccess,
      draining: () => this.state === 'draining' || this.state === 'drained',
      unreached: () => this.#app.suspect(),
    }
    this.#ports = settings.MESH_APP_PORTS.map((port) => servicePortOf(port, inbound))
    this.#tcp = new OutboundTcp({ ...shared, hosts: this.#outbound.hosts })
    this.#listener = new OutboundListener({ ...shared, stack: this.#outbound.stack, tcp: this.#tcp })
    this.#admin = new AdminServer({
      metrics,
      checks: this.#checks(),
      clusters,
      identity,
      snapshots,
      settings,
      log,
      drain: () => this.drain(),
    })
    snapshots.watch<InboundSnapshot>(`inbound.${settings.MESH_NAMESPACE}.${settings.MESH_WORKLOAD}`, (snapshot) => {
      // A policy that is deleted is not a policy that allows: the last one stays until there is another.
      if (snapshot === null) return
      const useTelemetry = this.#telemetry.control?.prepareWorkload(snapshot.telemetry)
      this.#policies.apply(snapshot)
      useTelemetry?.()
    })
  }

  /** Opens every door. What is called is looked up when it is called; what may be let in is refused until the policy has come. */
  async open(): Promise<void> {
    const { settings, log, own } = this.#parts
    const adminPort = await this.#admin.listen(settings.MESH_ADMIN_PORT)
    for (const port of this.#ports) await port.listen(settings.MESH_BIND_ADDRESS)
    const outboundPort = await this.#listener.listen()
    const tcp = await this.#tcp.listen()
    this.state = 'open'
    log.info('sidecar: open', {
      identity: own.identity.spiffeId,
      outbound: `http://127.0.0.1:${outboundPort}`,
      ...(tcp.length > 0 && { tcp: tcp.join() }),
      admin: `http://127.0.0.1:${adminPort}`,
    })
  }

  /**
   * NATS is there: snapshots come from it, and once its policy is known this replica is registered as long as its application listens. Resolves when that is
   * over: with the drain.
   */
  async attach(nats: NatsConnection, source: NatsSnapshots): Promise<void> {
    const { settings, snapshots, log } = this.#parts
    this.#nats = nats
    this.#source = source
    snapshots.attach(source)
    if (this.#ports.length === 0) return
    await this.#policies.arrived()
    const registration = new Registration(settings, this.#host, nats, source, log)
    this.#registration = registration
    const ports = this.#ports.map(({ registered }) => registered.listener).join()
    const { signal } = this.#abort
    while (!this.closing) {
      await this.#app.untilListening(signal)
      const address = this.closing ? null : await this.#register(registration)
      if (address === null) return
      this.#registered = true
      log.info('sidecar: registered', { address, ports })
      const reason = await this.#app.untilGone(signal)
      this.#registered = false
      if (reason === null) return
      log.warn('sidecar: the application is gone, and so are we from the registry until it is back', { reason })
      await registration.withdraw()
    }
  }

  /** NATS may go again at any moment; the connection stays the same, and so does what hangs on it. @returns null where a drain was first */
  async #register(registration: Registration): Promise<string | null> {
    for (;;) {
      try {
        const address = await registration.begin(this.#ports.map((port) => port.registered))
        if (!this.closing) return address
        await registration.end()
        return null
      } catch (error) {
        this.#parts.log.warn('registry: not registered, trying again', { reason: reasonOf(error) })
      }
      await pause(REGISTER_PAUSE_MS, undefined, { signal: this.#abort.signal }).catch(() => undefined)
      if (this.closing) return null
    }
  }

  get closing(): boolean {
    return this.#abort.signal.aborted
  }

  #checks(): ReadonlyMap<string, () => Promise<void>> {
    return new Map([
      [
        'sidecar',
        async () => {
          if (this.state !== 'open') throw new Error(this.state)
        },
      ],
      [
        'inbound',
        async () => {
          if (this.#ports.length > 0 && this.#policies.current === null)
            throw new Error('the inbound policy has not come yet')
          if (this.#ports.length > 0 && !this.#registered)
            throw new Error('not registered: the application does not listen, or NATS is not there yet')
        },
      ],
    ])
  }

  protected async finishInFlight(): Promise<void> {
    const { log } = this.#parts
    this.#abort.abort()
    await this.#registration?.end()
    for (const port of this.#ports) port.stop()
    const left = await Promise.all(this.#ports.map((port) => port.quiet(IN_FLIGHT_LIMIT_MS)))
    const inFlight = left.reduce((sum, requests) => sum + requests, 0)
    if (inFlight > 0) log.warn('sidecar: drained, but requests are still in flight', { requests: inFlight })
    log.info('sidecar: drained')
  }

  /** The application may call others until the end of its own requests: its door closes last. */
  protected async closeHandles(): Promise<void> {
    const { own, snapshots } = this.#parts
    this.#listener.stop()
    this.#tcp.stop()
    await Promise.all([this.#listener.quiet(IN_FLIGHT_LIMIT_MS), this.#tcp.quiet(IN_FLIGHT_LIMIT_MS)])
    await this.#outbound.flush()
    this.#listener.destroy()
    this.#tcp.destroy()
    for (const port of this.#ports) port.destroy()
    own.rotation.close()
    this.#registration?.stop()
    this.#policies.close()
    this.#outbound.destroy()
    snapshots.stop()
    this.#source?.stop()
    this.#admin.close()
    await this.#nats?.close()
    this.#telemetry.accessLog.close()
  }
}
