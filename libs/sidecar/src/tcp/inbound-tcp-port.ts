/**
 * A service port that carries no HTTP: mTLS as PeerAuthentication wants it, L4 authorisation, and then the application's own bytes. Who was let in stays in: a
 * policy that changes is asked by the next connection, as by Istio's.
 */
import type net from 'node:net'
import { authoriseConnection, RESPONSE_FLAGS } from '@meshmart/mesh-policy'
import type { RegisteredPort } from '../discovery/registration.ts'
import type { Connector } from '../http1/index.ts'
import { plainConnectorTo } from '../identity/tls-connector.ts'
import type { WorkloadIdentity } from '../identity/workload-identity.ts'
import type { InboundConnection } from '../inbound/inbound-connection.ts'
import type { InboundPolicies } from '../inbound/inbound-policy.ts'
import { TlsListener } from '../inbound/tls-listener.ts'
import type { SidecarLog } from '../log.ts'
import { MESH_TCP_ALPN } from '../outbound/endpoint-pool.ts'
import { calledBy, destinationSelf } from '../telemetry/peers.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import { CarriedConnection } from './carried-connection.ts'
import { ConnectionRecorder, type ConnectionRecord } from './connection-recorder.ts'
import { Connections } from './connections.ts'
import { TCP_IDLE_MS } from './limits.ts'

/** It is on this machine: either it listens, or it does not. */
const CONNECT_MS = 2000
/**
 * In PERMISSIVE, who says nothing for so long speaks no TLS: protocols in which the server speaks first. Istio waits for ever by default and asks for STRICT or
 * DISABLE on such a port; this is the value that `protocolDetectionTimeout` had while it had one.
 */
const PROTOCOL_DETECTION_MS = 5000

/** One service port and what stands behind it. */
export interface TcpAppPort {
  readonly name: string
  readonly servicePort: number
  readonly appPort: number
  /** Of the listener; 0 is any free one. */
  readonly inboundPort: number
}
export interface InboundTcpParts {
  readonly settings: { readonly MESH_APP_ADDRESS: string }
  readonly identity: WorkloadIdentity
  readonly policies: InboundPolicies
  readonly telemetry: Telemetry
  readonly log: SidecarLog
  readonly protocolDetectionMs?: number
}

export class InboundTcpPort {
  readonly #port: TcpAppPort
  readonly #listener: TlsListener
  readonly #policies: InboundPolicies
  readonly #recorder: ConnectionRecorder
  readonly #connect: Connector
  readonly #upstream: string
  readonly #connections = new Connections()
  #listening = 0

  constructor(port: TcpAppPort, parts: InboundTcpParts) {
    const { settings, identity, policies, telemetry, log } = parts
    const { servicePort, appPort } = port
    const host = settings.MESH_APP_ADDRESS
    this.#port = port
    this.#policies = policies
    this.#recorder = new ConnectionRecorder(telemetry, 'inbound')
    this.#connect = plainConnectorTo({ host, port: appPort }, { timeoutMs: CONNECT_MS, tcpKeepaliveMs: null })
    this.#upstream = `${host}:${appPort}`
    this.#listener = new TlsListener({
      identity,
      servicePort,
      workloadPort: appPort,
      mode: (workloadPort) => policies.mtlsMode(workloadPort),
      trustDomainAliases: () => policies.trustDomainAliases,
      accept: (socket, connection) => this.#accept(socket, connection),
      log,
      accessLog: parts.telemetry.accessLog,
      // Whoever knows it as HTTP is let in as well: bytes are bytes.
      alpnProtocols: [MESH_TCP_ALPN, 'http/1.1'],
      protocolDetectionTimeoutMs: parts.protocolDetectionMs ?? PROTOCOL_DETECTION_MS,
    })
  }

  get registered(): RegisteredPort {
    const { servicePort, name, appPort } = this.#port
    return { servicePort, name, listener: this.#listening, workloadPort: appPort }
  }
  get refused(): number {
    return this.#listener.refused
  }

  /** @throws Error that names the setting where the port is taken */
  async listen(address: string): Promise<void> {
    this.#listening = await this.#listener.listen(address, this.#port.inboundPort)
  }

  /** No new connections; those that are open stay. */
  stop(): void {
    this.#listener.stop()
  }

  /** @returns how many had to be closed after `limitMs` */
  quiet(limitMs: number): Promise<number> {
    return this.#connections.quiet(limitMs)
  }

  destroy(): void {
    this.#connections.closeAll('the sidecar is closed')
    this.#listener.destroy()
  }

  #accept(socket: net.Socket, from: InboundConnection): void {
    const connection = new CarriedConnection(socket, this.#record(from), this.#connections.over)
    this.#connections.add(connection)
    const policy = this.#policies.current
    if (policy === null) {
      connection.refuse(RESPONSE_FLAGS.UAEX, 'this workload does not know its policy yet')
      return
    }
    const { peer, workloadPort, sourceIp, destinationIp, sni } = from
    const principal = peer === null ? null : peer.principal
    const asked = { principal, port: workloadPort, sourceIp, remoteIp: sourceIp, destinationIp, sni }
    const { decision, reason } = authoriseConnection(policy.policies, asked)
    if (decision === 'ALLOW') this.#deliver(connection)
    else connection.refuse(RESPONSE_FLAGS.UAEX, reason)
  }

  #deliver(connection: CarriedConnection): void {
    connection.record.tries = 1
    this.#connect((error, socket) => {
      if (socket === null) connection.refuse(RESPONSE_FLAGS.UF, `the application: ${error?.message ?? 'no connection'}`)
      else if (connection.ended) socket.destroy()
      else connection.carry(socket, NOTHING, { idleMs: TCP_IDLE_MS, maxDurationMs: null }, () => undefined)
    })
  }

  #record({ peer, servicePort, sni }: InboundConnection): ConnectionRecord {
    const { self } = this.#recorder.telemetry
    const labels = { ...calledBy(peer), ...destinationSelf(self), destinationPrincipal: `spiffe://${self.principal}` }
    return this.#recorder.begin(labels, {
      destination: `${self.host}:${servicePort}`,
      peer: peer?.spiffeId ?? '-',
      upstream: this.#upstream,
      cluster: `inbound|${servicePort}||${self.host}`,
      route: '-',
      sni: sni ?? '-',
    })
  }
}

const NOTHING = Buffer.alloc(0)
