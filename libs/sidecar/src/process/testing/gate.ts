/** A fixed address that leads to a server, or nowhere: what is behind it is gone for whoever comes through here, and for nobody else. */
import net, { type AddressInfo, type Socket } from 'node:net'

export class Gate {
  readonly port: number
  readonly #target: number
  readonly #sockets = new Set<Socket>()
  #server: net.Server | null = null

  private constructor(port: number, target: number) {
    this.port = port
    this.#target = target
  }

  /** Shut at first. @param target port on loopback */
  static async to(target: number): Promise<Gate> {
    const server = net.createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    await new Promise((resolve) => server.close(resolve))
    return new Gate(port, target)
  }

  /** That lead through it now. */
  get connections(): number {
    return this.#sockets.size / 2
  }

  async open(): Promise<void> {
    const server = net.createServer((from) => {
      const to = net.connect(this.#target, '127.0.0.1')
      for (const [one, other] of [
        [from, to],
        [to, from],
      ] as const) {
        this.#sockets.add(one)
        one.on('error', () => other.destroy())
        one.once('close', () => {
          this.#sockets.delete(one)
          other.destroy()
        })
        one.pipe(other)
      }
    })
    this.#server = server
    server.listen(this.port, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
  }

  shut(): void {
    this.#server?.close()
    this.#server = null
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }
}
