/** Connections to one endpoint of one cluster: who the peer is, and with which certificate we come, is decided here; the HTTP is the pool's. */
import type { Candidate, CircuitBreakers, Cluster } from '@meshmart/mesh-policy'
import { ClientPool, type Connector } from '../http1/client-pool.ts'
import { ExternalTls } from '../identity/external-tls.ts'
import {
  connectorTo,
  externalConnectorTo,
  plainConnectorTo,
  type ConnectLimits,
  type TlsIdentity,
} from '../identity/tls-connector.ts'

/** Below the 72 s after which our own inbound end closes idle connections, so that the race is rare. */
const IDLE_MS = 60_000

export class EndpointPool extends ClientPool {
  constructor(cluster: Cluster, candidate: Candidate, identity: TlsIdentity, breakers: CircuitBreakers) {
    const { idleTimeoutMs, maxRequestsPerConnection, maxConnectionDurationMs } = cluster.connectionPool ?? {}
    super({
      connect: endpointConnector(cluster, candidate, identity, 'http'),
      breakers,
      idleTimeoutMs: idleTimeoutMs ?? IDLE_MS,
      ...(maxRequestsPerConnection === undefined ? {} : { maxRequestsPerConnection }),
      ...(maxConnectionDurationMs === undefined ? {} : { maxConnectionDurationMs }),
    })
  }
}

/** What Istio's sidecars offer each other for a connection that carries no HTTP; nobody else is offered anything for it. */
export const MESH_TCP_ALPN = 'istio'

/** As the cluster's TLS mode and the endpoint's transport have it. @param carries requests of our own codec, what has left HTTP, or what never was */
export function endpointConnector(
  cluster: Cluster,
  candidate: Pick<Candidate, 'endpoint' | 'port'>,
  identity: TlsIdentity,
  carries: 'http' | 'tunnel' | 'tcp',
): Connector {
  const { endpoint, port } = candidate
  const encrypted = isEncrypted(cluster, candidate)
  const address = { host: endpoint.address, port }
  const limits: ConnectLimits = {
    timeoutMs: cluster.connectTimeoutMs,
    tcpKeepaliveMs: cluster.connectionPool?.tcpKeepaliveMs ?? null,
    ...(carries === 'http' && { reading: 'direct' as const }),
    ...(carries === 'tcp' && { alpnProtocols: encrypted ? [MESH_TCP_ALPN] : [] }),
  }
  if (encrypted) return connectorTo(address, identity, endpoint.identity, limits)
  if (cluster.tls !== 'SIMPLE' && cluster.tls !== 'MUTUAL') return plainConnectorTo(address, limits)
  const external = new ExternalTls(
    cluster.tlsSettings ?? { subjectAltNames: [], insecureSkipVerify: false },
    cluster.host,
  )
  return externalConnectorTo(address, () => external.options(), limits)
}

/** With the mesh's own identities on both sides. */
export function isEncrypted(cluster: Cluster, candidate: Pick<Candidate, 'endpoint'>): boolean {
  return cluster.tls === 'ISTIO_MUTUAL' && candidate.endpoint.transport === 'mtls'
}

/** Another address, port or identity is another endpoint, even under the same name. */
export function poolKey({ endpoint, port }: Pick<Candidate, 'endpoint' | 'port'>): string {
  return `${endpoint.address}:${port} ${endpoint.transport} ${endpoint.identity}`
}
