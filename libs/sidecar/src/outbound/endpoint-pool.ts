/**
 * Connections to one endpoint of one cluster. undici's Pool does the HTTP; who the peer is, and with which certificate we come, is decided by the connector.
 * Each connection counts what it has served: where one that served before breaks without an answer, the peer had most likely closed it while it was idle.
 */
import { Client, Pool, type Dispatcher } from 'undici'
import type { Candidate, Cluster } from '@meshmart/mesh-policy'
import { connectorTo, plainConnectorTo, type TlsIdentity } from '../identity/tls-connector.ts'
import type { SidecarLog } from '../log.ts'
import { reasonOf } from '../log.ts'

/** Below the 72 s after which our own inbound end closes idle connections, so that the race is rare. */
const KEEP_ALIVE_MS = 60_000

/** What a connection tells the try that it carries. */
export interface ConnectionAware {
  carriedBy(connection: PooledConnection): void
}

export class PooledConnection extends Client {
  /** Responses since this connection was opened. */
  served = 0

  constructor(origin: string | URL, options: Client.Options) {
    super(origin, options)
    this.on('connect', () => (this.served = 0))
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    if ('carriedBy' in handler) (handler as Dispatcher.DispatchHandler & ConnectionAware).carriedBy(this)
    return super.dispatch(options, handler)
  }
}

export class EndpointPool {
  readonly key: string
  readonly #pool: Pool
  readonly #log: SidecarLog

  constructor(cluster: Cluster, candidate: Candidate, identity: TlsIdentity, log: SidecarLog) {
    const { endpoint, port } = candidate
    const address = { host: endpoint.address, port }
    const encrypted = isEncrypted(cluster, candidate)
    this.key = poolKey(candidate)
    this.#log = log
    const host = endpoint.address.includes(':') ? `[${endpoint.address}]` : endpoint.address
    // The scheme says nothing here: the connector decides about TLS, and a plain one keeps undici from probing for HTTP/2.
    this.#pool = new Pool(`http://${host}:${port}`, {
      connect: encrypted
        ? connectorTo(address, identity, endpoint.identity, cluster.connectTimeoutMs)
        : plainConnectorTo(address, cluster.connectTimeoutMs),
      factory: (origin, options) => new PooledConnection(origin, options),
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: KEEP_ALIVE_MS,
      keepAliveMaxTimeout: KEEP_ALIVE_MS,
      // Time limits are the stack's own: route timeout and per-try timeout.
      headersTimeout: 0,
      bodyTimeout: 0,
    })
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler & ConnectionAware): void {
    this.#pool.dispatch(options, handler)
  }

  get connections(): number {
    return this.#pool.stats.connected
  }

  /** Requests under way finish; then every connection is closed. */
  close(): void {
    this.#pool
      .close()
      .catch((error: unknown) =>
        this.#log.warn('outbound: pool not closed', { endpoint: this.key, reason: reasonOf(error) }),
      )
  }

  destroy(): Promise<void> {
    return this.#pool.destroy()
  }
}

export function isEncrypted(cluster: Cluster, candidate: Candidate): boolean {
  return cluster.tls === 'ISTIO_MUTUAL' && candidate.endpoint.transport === 'mtls'
}

/** Another address, port or identity is another endpoint, even under the same name. */
export function poolKey({ endpoint, port }: Candidate): string {
  return `${endpoint.address}:${port} ${endpoint.transport} ${endpoint.identity}`
}
