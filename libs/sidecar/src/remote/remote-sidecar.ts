/**
 * The application's end of the process placement: the same door as the embedded sidecar's (sidecar.ts), behind which stands only what has to be in the
 * application's own process: its plain server on loopback, its way out to the sidecar process, its connection to NATS, its readiness. Policy, mTLS, the
 * registry, the access log and the metrics are the sidecar process's, which is therefore stopped first: it leaves the registry and finishes what is in flight.
 */
import type http from 'node:http'
import type { NatsConnection } from '@nats-io/transport-node'
import { AdminListener, EXPOSITION, ownPages } from '../admin/listener.ts'
import { LifeCycle } from '../life-cycle.ts'
import type { SidecarLog } from '../log.ts'
import type { Sidecar } from '../sidecar.ts'
import type { OwnIdentity } from '../startup.ts'
import { setProcessTracer } from '../telemetry/context.ts'
import { Figures, type Figure } from '../telemetry/figures.ts'
import { deliverThrough } from './deliver-spans.ts'
import { exportSpans, type SpanExporter } from '../telemetry/span-export.ts'
import { Tracer } from '../telemetry/tracer.ts'
import { AppServer } from './app-server.ts'
import { RemoteDispatcher } from './dispatcher.ts'
import type { RemoteSettings } from './settings.ts'

const IN_FLIGHT_LIMIT_MS = 20_000

export interface RemoteParts {
  readonly settings: RemoteSettings
  readonly log: SidecarLog
  readonly own: OwnIdentity
  readonly nats: NatsConnection
  /** Whom to trust; nothing else is looked up here. */
  readonly trust: { stop(): void }
}

export class RemoteSidecar extends LifeCycle implements Sidecar {
  readonly identity: string
  readonly nats: NatsConnection
  readonly dispatcher: RemoteDispatcher
  readonly #parts: RemoteParts
  /** Of work that no request has caused (`withTrace`): the spans of requests are the sidecar process's. */
  readonly #tracer: Tracer
  readonly #exporter: SpanExporter
  readonly #admin: AdminListener
  readonly #checks = new Map<string, () => Promise<void>>()
  /** The application's own: those of requests are the sidecar process's. */
  readonly #figures = new Figures()
  #server: AppServer | null = null

  constructor(parts: RemoteParts) {
    super()
    const { settings, log, own, nats } = parts
    this.#parts = parts
    this.identity = own.identity.spiffeId
    this.nats = nats
    this.dispatcher = new RemoteDispatcher(settings.MESH_OUTBOUND_PORT)
    this.#tracer = new Tracer(settings.MESH_TRACE_SAMPLING)
    this.#exporter = exportSpans(settings, { tracer: this.#tracer, deliver: deliverThrough(this.dispatcher), log })
    this.#checks.set('application', async () => {
      if (this.state !== 'open') throw new Error(this.state)
    })
    const pages = ownPages(this.#checks, log)
    const figures = () => ({ status: 200, type: EXPOSITION, body: `${this.#figures.lines().join('\n')}\n` })
    this.#admin = new AdminListener('MESH_APP_ADMIN_PORT', {
      ...pages,
      get: { ...pages.get, '/stats/prometheus': figures },
    })
    setProcessTracer(this.#tracer)
  }

  createInboundServer(listener: http.RequestListener): http.Server {
    if (this.#server !== null) throw new Error('createInboundServer: called twice, a workload has one inbound server')
    this.#server = new AppServer(listener, this.#tracer)
    return this.#server.http
  }

  /** Once the application listens, its sidecar registers it. */
  async open(): Promise<void> {
    const { settings, log } = this.#parts
    if (this.#server === null) throw new Error('open: createInboundServer must be called first')
    const adminPort = await this.#admin.listen(settings.MESH_APP_ADMIN_PORT)
    const port = await this.#server.listen(settings.MESH_APP_PORT)
    this.state = 'open'
    log.info('application: open behind its sidecar process', {
      identity: this.identity,
      inbound: `127.0.0.1:${port}`,
      outbound: `http://127.0.0.1:${settings.MESH_OUTBOUND_PORT}`,
      admin: `http://127.0.0.1:${adminPort}`,
    })
  }

  /** @throws always: the edge delivers its own host in process, and this process has no mesh in it */
  openIngress(): Promise<void> {
    const problem = 'must be embedded for an ingress gateway, whose public port is opened by the sidecar in its process'
    return Promise.reject(new Error(`settings: MESH_PLACEMENT: ${problem}`))
  }

  addReadinessCheck(name: string, check: () => Promise<void>): void {
    this.#checks.set(name, check)
  }

  addFigure(name: string, figure: Figure): void {
    this.#figures.add(name, figure)
  }

  /** That nobody calls any more is the sidecar process's doing, which has drained before. */
  protected async finishInFlight(): Promise<void> {
    const { log } = this.#parts
    const left = (await this.#server?.drain(IN_FLIGHT_LIMIT_MS)) ?? 0
    if (left > 0) log.warn('application: drained, but requests are still in flight', { requests: left })
    log.info('application: drained')
  }

  protected async closeHandles(): Promise<void> {
    await this.#exporter.close()
    this.#server?.destroy()
    this.#parts.trust.stop()
    this.#parts.own.rotation.close()
    await this.dispatcher.destroy()
    this.#admin.close()
    setProcessTracer(null)
    await this.nats.close()
  }
}
