/** The application's door into the mesh: plain HTTP on loopback, as an HTTP proxy or by Host. */
import net, { type AddressInfo } from 'node:net'
import { DEFAULT_LIMITS } from '../http1/index.ts'
import type { OutboundExchange } from '../outbound/outbound-exchange.ts'
import type { Stack } from '../stack.ts'
import { recordRefusal } from '../telemetry/recorders.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'
import type { OutboundTcp } from '../tcp/outbound-tcp.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { HttpDoor } from './http-door.ts'
import type { ProcessSettings } from './settings.ts'
import { WireOutboundHandler } from './wire-outbound-handler.ts'

export interface OutboundListenerParts {
  readonly settings: ProcessSettings
  readonly stack: Stack<OutboundExchange>
  readonly tracer: Tracer
  readonly tcp: OutboundTcp
  readonly telemetry: Telemetry
}

export class OutboundListener {
  readonly #port: number
  readonly #server: net.Server
  readonly #door: HttpDoor

  constructor({ settings, stack, tracer, tcp, telemetry }: OutboundListenerParts) {
    this.#port = settings.MESH_OUTBOUND_PORT
    const ends = { stack, tracer, tcp }
    this.#door = new HttpDoor({
      limits: DEFAULT_LIMITS,
      end: (wire, door) => new WireOutboundHandler(wire, door, ends),
      recordRefusal: (method, path, answer) =>
        recordRefusal(telemetry, 'outbound', { method, path, answer, peer: null }),
    })
    this.#server = net.createServer({ noDelay: true }, (socket) => this.#door.accept(socket))
  }

  /** @throws Error that names the setting where the port is taken. @returns the port */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        const problem = `settings: MESH_OUTBOUND_PORT: cannot listen on 127.0.0.1:${this.#port}: ${error.message}`
        reject(new Error(problem, { cause: error }))
      })
      this.#server.listen(this.#port, '127.0.0.1', () => resolve((this.#server.address() as AddressInfo).port))
    })
  }

  stop(): void {
    if (this.#server.listening) this.#server.close()
    this.#door.drain()
  }

  quiet(limitMs: number): Promise<number> {
    return this.#door.quiet(limitMs)
  }

  destroy(): void {
    this.stop()
    this.#door.destroy()
  }
}
