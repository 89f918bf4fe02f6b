/** The service behind a target: gives back whatever body it gets, under every method, and remembers what arrived. */
import http from 'node:http'
import net from 'node:net'
import type { Duplex } from 'node:stream'
import type { Seen } from './target.ts'

export class Upstream {
  #seen: Seen[] = []
  #malformed = 0

  readonly listener: http.RequestListener = (request, response) => {
    const fields: [string, string][] = []
    for (let index = 0; index < request.rawHeaders.length; index += 2) {
      fields.push([request.rawHeaders[index] ?? '', request.rawHeaders[index + 1] ?? ''])
    }
    this.#seen.push({ method: request.method ?? '', target: request.url ?? '', fields })
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks)
      response.writeHead(200, { 'content-length': body.length })
      response.end(body)
    })
  }

  seen(): readonly Seen[] {
    return this.#seen
  }
  malformed(): number {
    return this.#malformed
  }
  forget(): void {
    this.#seen = []
    this.#malformed = 0
  }

  /** On a port of its own, in plain HTTP. */
  async listen(): Promise<{ port: number; close(): Promise<void> }> {
    const server = http.createServer({ requireHostHeader: false }, this.listener)
    server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
      // A connection that was cut in the middle of a body is no sentence of another language.
      if (error.code !== 'ECONNRESET' && error.code !== 'HPE_INVALID_EOF_STATE') this.#malformed++
      socket.destroy()
    })
    const port = await listenOnLoopback(server)
    return {
      port,
      close: () =>
        new Promise((resolve) => {
          server.close(() => resolve())
          server.closeAllConnections()
        }),
    }
  }
}

export function listenOnLoopback(server: net.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(address === null || typeof address === 'string' ? 0 : address.port)
    })
  })
}
