/** The door of both placements: what an application's process holds once its sidecar runs, in it or beside it. */
import type http from 'node:http'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Dispatcher } from 'undici'
import type { Figure } from './telemetry/figures.ts'

export interface IngressOptions {
  readonly address: string
  readonly port: number
  /** Gateway selector, `istio-ingressgateway`: names the key `gateway.<selector>`. */
  readonly selector: string
  /** Other replicas on this machine listen on the same ports, and the kernel deals connections out (SO_REUSEPORT; Linux). One that drains is dealt no more. */
  readonly shared?: boolean
  /** Without it only plain servers of Gateways are served. */
  readonly tls?: IngressTlsOptions
}

export interface IngressTlsOptions {
  readonly port: number
  /** With a folder for each `credentialName`: `tls.crt`, `tls.key` and, for MUTUAL, `ca.crt`; null where TLS is only passed through. */
  readonly credentialsDirectory: string | null
}

export interface Sidecar {
  /** SPIFFE id, `spiffe://cluster.local/ns/meshmart/sa/orders`. */
  readonly identity: string
  /** This workload's own connection to NATS: it comes back by itself, with the certificate of the day. */
  readonly nats: NatsConnection
  /** undici's contract; with `fetchGlobally` the `fetch` of the process goes through it. */
  readonly dispatcher: Dispatcher
  /** For Fastify's `serverFactory`: gets what was let in. It must not be told to listen: `open` does what is needed. Call it once. */
  createInboundServer(listener: http.RequestListener): http.Server
  /** Opens the admin listener and the inbound listener; then this replica is registered. */
  open(): Promise<void>
  /** Edge, embedded only: opens the public ports for the Gateway resources of `selector`; a route to this workload's own host is delivered in process. */
  openIngress(options: IngressOptions): Promise<void>
  /** `/healthz/ready` is 200 once `open` is through and every check resolves. */
  addReadinessCheck(name: string, check: () => Promise<void>): void
  /** Shows a figure of the application's own under `/stats/prometheus`. @throws Error where the name is taken or is no metric name */
  addFigure(name: string, figure: Figure): void
  /** Deregisters, waits until others know, and lets what is in flight finish. */
  drain(): Promise<void>
  /** Drains where that is still due, then leaves no handle open. */
  close(): Promise<void>
}

export interface RequestContext {
  readonly traceId: string
  readonly traceparent: string
  readonly requestId: string
  /** Principal of the peer without `spiffe://`; null where it came without an identity. */
  readonly peer: string | null
  /** Milliseconds since 1970; null where the caller set none. */
  readonly deadline: number | null
  /** Aborted when the caller has gone. */
  readonly signal: AbortSignal
}
