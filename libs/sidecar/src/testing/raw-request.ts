/** Sends bytes as they are and reads whatever comes back until the peer closes: for everything that no HTTP client would send. */
import net from 'node:net'
import type { Duplex } from 'node:stream'

export interface RawAnswer {
  readonly status: number
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Everything that came, also what follows the first answer. */
  readonly text: string
}

/** @param socket connected, or about to be; closed by the peer, or the promise rejects after 5 s */
export function sendRaw(socket: Duplex, ...parts: readonly string[]): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const timer = setTimeout(() => {
      socket.destroy()
      reject(new Error(`the connection was not closed; so far: ${Buffer.concat(chunks).toString()}`))
    }, 5000)
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    // A reset after the answer is no news: the answer is what counts.
    socket.on('error', () => undefined)
    socket.once('close', () => {
      clearTimeout(timer)
      resolve(parse(Buffer.concat(chunks).toString()))
    })
    for (const part of parts) socket.write(Buffer.from(part, 'latin1'))
  })
}

export function connectRaw(port: number): net.Socket {
  return net.connect(port, '127.0.0.1')
}

function parse(text: string): RawAnswer {
  const end = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...fields] = text.slice(0, end === -1 ? text.length : end).split('\r\n')
  const pairs = fields.map((field) => {
    const colon = field.indexOf(':')
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()] as const
  })
  const headers = Object.fromEntries(pairs)
  const length = Number(headers['content-length'] ?? Number.NaN)
  const rest = Buffer.from(end === -1 ? '' : text.slice(end + 4))
  const body = Number.isNaN(length) ? rest : rest.subarray(0, length)
  return { status: Number(statusLine.split(' ')[1] ?? 0), headers, body: body.toString(), text }
}
