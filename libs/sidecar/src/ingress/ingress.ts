/** The edge, put together: two public ports, the Gateway resources that say what they serve, and the stack behind both. */
import type { RequestListener, ServerResponse } from 'node:http'
import type { GatewaySnapshot } from '@meshmart/mesh-policy'
import type { SnapshotSource } from '../discovery/snapshot-source.ts'
import { AuthenticateLayer } from '../inbound/authenticate.ts'
import { AuthoriseLayer } from '../inbound/authorise.ts'
import { InboundPolicies } from '../inbound/inbound-policy.ts'
import { KeySources } from '../inbound/jwt/key-sources.ts'
import { LimitLayer } from '../inbound/limit.ts'
import type { SidecarLog } from '../log.ts'
import type { Outbound } from '../outbound/outbound.ts'
import type { IngressOptions } from '../sidecar.ts'
import { IngressRecorder, recordRefusal, type Telemetry } from '../telemetry/recorders.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { Credentials } from './credentials.ts'
import { Edge } from './edge.ts'
import { GatewayTable } from './gateway-table.ts'
import type { EdgePorts } from './https-redirect.ts'
import type { IngressExchange } from './ingress-exchange.ts'
import { PassThrough } from './pass-through.ts'
import { rememberSecured } from './secured-connection.ts'
import { ingressStack } from './stack.ts'
import { HANDSHAKE_TIMEOUT_MS, TlsEdge } from './tls-edge.ts'
import { TlsTerminators } from './tls-terminators.ts'

export interface IngressContext {
  readonly outbound: Pick<Outbound, 'clusters' | 'hosts' | 'own'>
  readonly snapshots: SnapshotSource
  readonly tracer: Tracer
  readonly telemetry: Telemetry
  readonly log: SidecarLog
  /** Of this workload: what a route to `ownHost` is delivered to. */
  readonly listener: RequestListener
  readonly ownHost: string
  /** Counts a request as in flight until its response is closed. */
  readonly track: (response: ServerResponse) => void
}

export class Ingress {
  readonly #options: IngressOptions
  readonly #context: IngressContext
  readonly #guard: InboundPolicies
  readonly #gateway: GatewayTable
  readonly #edge: Edge
  readonly #credentials: Credentials
  readonly #terminators: TlsTerminators
  readonly #passThrough: PassThrough
  readonly #tlsEdge: TlsEdge | null
  #ports: EdgePorts = { plain: 0, tls: null }

  constructor(options: IngressOptions, context: IngressContext) {
    const { outbound, tracer, telemetry, log } = context
    this.#options = options
    this.#context = context
    // With sources of its own: each policy says which keys are kept up to date.
    this.#guard = new InboundPolicies(new KeySources(outbound.own.fetchKeys, log))
    const refused = (...refusal: Parameters<TlsEdge['refuse']>): void => this.#tlsEdge?.refuse(...refusal)
    const { tls } = options
    this.#credentials = new Credentials(tls?.credentialsDirectory ?? null, log, (name) => this.#terminators.renew(name))
    this.#gateway = new GatewayTable(this.#key, outbound.clusters, this.#guard, (servers) => {
      if (tls === undefined) return
      const ended = servers.filter(({ mode }) => mode !== 'PASSTHROUGH')
      this.#credentials.use(new Set(ended.map(({ credentialName }) => credentialName)))
      this.#terminators.use(ended)
    })
    this.#edge = new Edge(
      this.#stack(),
      tracer,
      context.track,
      (method, path, answer) => recordRefusal(telemetry, 'ingress', { method, path, answer, peer: null }),
      () => this.#gateway.trustedProxies,
    )
    this.#terminators = new TlsTerminators({
      credentials: this.#credentials,
      handshakeTimeoutMs: HANDSHAKE_TIMEOUT_MS,
      secured: (socket, server) => {
        rememberSecured(socket, server)
        this.#edge.accept(socket)
      },
      refused,
    })
    this.#passThrough = new PassThrough(this.#gateway, telemetry, refused)
    this.#tlsEdge =
      tls === undefined
        ? null
        : new TlsEdge({
            address: options.address,
            port: tls.port,
            shared: options.shared === true,
            gateway: this.#gateway,
            terminate: (socket, server) => this.#terminators.terminate(socket, server),
            passThrough: (...connection) => this.#passThrough.carry(...connection),
            log,
            accessLog: telemetry.accessLog,
          })
  }

  /** Connections that were refused at TLS, since start. */
  get refused(): number {
    return this.#tlsEdge?.refused ?? 0
  }

  /** @throws Error that names address, port and setting where a port is taken */
  async open(): Promise<void> {
    const { address, selector } = this.#options
    const { plain, tls } = await this.#listen()
    this.#context.snapshots.watch<GatewaySnapshot>(this.#key, (snapshot) => {
      const useTelemetry = this.#context.telemetry.control?.prepareGateway(snapshot?.telemetry)
      this.#gateway.apply(snapshot)
      useTelemetry?.()
    })
    this.#context.log.info('sidecar: ingress open', {
      address: `http://${address}:${plain}`,
      ...(tls !== null && { tlsAddress: `https://${address}:${tls}` }),
      selector,
    })
  }

  /** Rejects until Gateways are known. */
  readonly check = async (): Promise<void> => {
    if (!this.#gateway.arrived) throw new Error(`no Gateway for ${this.#options.selector} has come yet`)
  }

  /** No new connections; those that are open end with their next response. */
  stop(): void {
    this.#tlsEdge?.stop()
    this.#edge.stop()
  }

  /** For connections that are carried as they are. @returns how many had to be closed after `limitMs` */
  quiet(limitMs: number): Promise<number> {
    return this.#passThrough.quiet(limitMs)
  }

  destroy(): void {
    this.#edge.destroy()
    this.#passThrough.destroy()
    this.#tlsEdge?.destroy()
    this.#credentials.close()
    this.#guard.close()
  }

  async #listen(): Promise<EdgePorts> {
    try {
      const plain = await this.#edge.listen({ ...this.#options, shared: this.#options.shared === true })
      this.#ports = { plain, tls: (await this.#tlsEdge?.listen()) ?? null }
      return this.#ports
    } catch (error) {
      this.destroy()
      throw error
    }
  }

  get #key(): string {
    return `gateway.${this.#options.selector}`
  }

  #stack(): ReturnType<typeof ingressStack> {
    const { outbound, tracer, telemetry, log, listener, ownHost } = this.#context
    return ingressStack({
      gateway: this.#gateway,
      ports: () => this.#ports,
      hosts: outbound.hosts,
      ownHost,
      listener,
      tracer,
      random: Math.random,
      guards: [
        new AuthenticateLayer<IngressExchange>(log),
        new AuthoriseLayer<IngressExchange>(outbound.own.checkAccess, log),
        new LimitLayer<IngressExchange>(),
      ],
      recorder: new IngressRecorder(telemetry),
    })
  }
}
