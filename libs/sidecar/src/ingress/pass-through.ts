/** TLS that is not ended at the edge (PASSTHROUGH): the connection is authorised by what is known of it, routed by the name it asks for, and carried as it is. */
import type { Socket } from 'node:net'
import { authoriseConnection } from '@meshmart/mesh-policy'
import { describeConnection, type InboundConnection } from '../inbound/inbound-connection.ts'
import type { InboundPolicies } from '../inbound/inbound-policy.ts'
import type { HostLookup } from '../outbound/route.ts'
import type { OutboundTarget } from '../tcp/outbound-connection.ts'
import { OutboundTcp } from '../tcp/outbound-tcp.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { GatewayTable } from './gateway-table.ts'
import type { TlsServer } from './tls-servers.ts'

export class PassThrough {
  readonly #guard: InboundPolicies
  readonly #refused: (socket: Socket, reason: string) => void
  readonly #carrier: OutboundTcp

  constructor(gateway: GatewayTable, telemetry: Telemetry, refused: (socket: Socket, reason: string) => void) {
    this.#guard = gateway.guard
    this.#refused = refused
    const lookup = (): HostLookup =>
      gateway.passThrough === null
        ? { kind: 'unknown', reason: 'this gateway does not know its routes yet' }
        : { kind: 'known', table: gateway.passThrough }
    // The routes are the gateway's own, so that there is no host to be asked for.
    const hosts = { lookup, discover: (_host: string, done: () => void): void => done() }
    this.#carrier = new OutboundTcp({ settings: { MESH_OUTBOUND_TCP: [] }, hosts, telemetry })
  }

  /** @param rest what was read of it */
  carry(socket: Socket, server: TlsServer, sni: string | null, rest: Buffer): void {
    const connection = describeConnection(socket, server.port, server.port, null, null, sni)
    const problem = this.#problemWith(connection)
    if (problem === null) this.#carrier.carry(socket, rest, new PassedTarget(connection))
    else {
      this.#refused(socket, problem)
      socket.destroy()
    }
  }

  /** @returns how many had to be closed after `limitMs` */
  quiet(limitMs: number): Promise<number> {
    return this.#carrier.quiet(limitMs)
  }

  destroy(): void {
    this.#carrier.destroy()
  }

  #problemWith({ servicePort, sourceIp, destinationIp, sni }: InboundConnection): string | null {
    const policy = this.#guard.current
    if (policy === null) return 'this gateway does not know its policy yet'
    const asked = { principal: null, port: servicePort, sourceIp, remoteIp: sourceIp, destinationIp, sni }
    const { decision, reason } = authoriseConnection(policy.policies, asked)
    return decision === 'ALLOW' ? null : reason
  }
}

class PassedTarget implements OutboundTarget {
  readonly host: string
  readonly port: number
  readonly destinationIp: string

  constructor({ sni, servicePort, destinationIp }: InboundConnection) {
    this.host = sni ?? '*'
    this.port = servicePort
    this.destinationIp = destinationIp
  }

  accepted(): void {
    // Its bytes are the service's from the first one on.
  }
  refused(): boolean {
    return true
  }
}
