/** One service port of the application: the door that peers come to, and what carries them on. */
import { carriageOfPort } from '@meshmart/mesh-policy'
import type { SidecarLog } from '../log.ts'
import type { RegisteredPort } from '../discovery/registration.ts'
import { DEFAULT_LIMITS, type Http1Limits } from '../http1/index.ts'
import type { WorkloadIdentity } from '../identity/workload-identity.ts'
import type { CheckAccess } from '../inbound/external-authorization.ts'
import { connectionOf } from '../inbound/inbound-connection.ts'
import type { InboundPolicies } from '../inbound/inbound-policy.ts'
import { inboundStack } from '../inbound/stack.ts'
import { TlsListener } from '../inbound/tls-listener.ts'
import { InboundTcpPort } from '../tcp/inbound-tcp-port.ts'
import { InboundRecorder, recordRefusal } from '../telemetry/recorders.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { AppDelivery } from './app-delivery.ts'
import { HttpDoor } from './http-door.ts'
import type { AppPort, ProcessSettings } from './settings.ts'
import { WireInboundHandler } from './wire-inbound-handler.ts'

/** Above the 60 s after which our own outbound end closes idle connections. */
const LIMITS: Http1Limits = { ...DEFAULT_LIMITS, idleTimeoutMs: 72_000 }

export interface InboundPortParts {
  readonly settings: ProcessSettings
  readonly identity: WorkloadIdentity
  readonly policies: InboundPolicies
  readonly checkAccess: CheckAccess
  readonly draining: () => boolean
  /** Told where the application took no connection. */
  readonly unreached: () => void
  readonly telemetry: Telemetry
  readonly tracer: Tracer
  readonly log: SidecarLog
}

/** A service port at work, whatever it carries. */
export type ServicePort = InboundPort | InboundTcpPort

export function servicePortOf(port: AppPort, parts: InboundPortParts): ServicePort {
  const http = carriageOfPort(port.servicePort, port.name) === 'HTTP'
  return http ? new InboundPort(port, parts) : new InboundTcpPort(port, parts)
}

export class InboundPort {
  readonly #port: AppPort
  readonly #listener: TlsListener
  readonly #door: HttpDoor
  readonly #delivery: AppDelivery
  #listening = 0

  constructor(port: AppPort, parts: InboundPortParts) {
    const { settings, identity, policies, checkAccess, draining, unreached, telemetry, tracer, log } = parts
    this.#port = port
    this.#delivery = new AppDelivery(settings.MESH_APP_ADDRESS, port.appPort, settings.MESH_INSTANCE, unreached)
    const stack = inboundStack({
      policies,
      draining,
      checkAccess,
      deliver: this.#delivery,
      recorder: new InboundRecorder(telemetry),
      log,
    })
    const ends = { stack, tracer, ownLines: `x-mesh-instance: ${settings.MESH_INSTANCE}\r\n` }
    this.#door = new HttpDoor({
      limits: LIMITS,
      end: (wire, door) => new WireInboundHandler(wire, connectionOf(wire.socket), door, ends),
      recordRefusal: (method, path, answer, socket) =>
        recordRefusal(telemetry, 'inbound', { method, path, answer, peer: connectionOf(socket).peer }),
    })
    this.#listener = new TlsListener({
      identity,
      servicePort: port.servicePort,
      workloadPort: port.appPort,
      mode: (workloadPort) => policies.mtlsMode(workloadPort),
      trustDomainAliases: () => policies.trustDomainAliases,
      accept: (socket) => this.#door.accept(socket),
      log,
      accessLog: telemetry.accessLog,
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

  /** No new connections; those that are open end with their next answer. */
  stop(): void {
    this.#listener.stop()
    this.#door.drain()
  }

  quiet(limitMs: number): Promise<number> {
    return this.#door.quiet(limitMs)
  }

  destroy(): void {
    this.#door.destroy()
    this.#listener.destroy()
    this.#delivery.destroy()
  }
}
