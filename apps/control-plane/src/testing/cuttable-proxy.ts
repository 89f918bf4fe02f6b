/** Stands between a client and a server, byte for byte, and can be cut: then whoever was connected is thrown out, and nobody comes in. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

export class CuttableProxy {
  readonly #target: { readonly host: string; readonly port: number }
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #port = 0

  private constructor(target: { readonly host: string; readonly port: number }) {
    this.#target = target
  }

  static async before(target: { readonly host: string; readonly port: number }): Promise<CuttableProxy> {
    const proxy = new CuttableProxy(target)
    await proxy.restore()
    return proxy
  }

  get port(): number {
    return this.#port
  }

  /** The same port as before. */
  async restore(): Promise<void> {
    const server = createServer((client) => {
      const upstream = connect(this.#target)
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        this.#sockets.add(one)
        one.pipe(other)
        one.on('error', () => other.destroy())
        one.on('close', () => {
          this.#sockets.delete(one)
          other.destroy()
        })
      }
    })
    await once(server.listen(this.#port, '127.0.0.1'), 'listening')
    this.#server = server
    this.#port = (server.address() as AddressInfo).port
  }

  async cut(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    const closed = once(server, 'close')
    server.close()
    for (const socket of this.#sockets) socket.resetAndDestroy()
    await closed
  }
}
