/**
 * Mutual TLS handshakes one after the other on a few sockets, each with one small request, since only then the server has finished its part (TLS 1.3).
 * usage: node handshakes.ts OPTIONS (JSON: Handshakes)
 */
import { readFileSync } from 'node:fs'
import { connect, createSecureContext, type TLSSocket } from 'node:tls'

export interface Handshakes {
  readonly port: number
  readonly key: string
  readonly chain: string
  readonly root: string
  readonly parallel: number
  readonly seconds: number
  /** Offers the ticket of an earlier session. */
  readonly resume: boolean
}
export interface HandshakesResult {
  readonly handshakes: number
  readonly resumed: number
  readonly seconds: number
}

const { port, key, chain, root, parallel, seconds, resume } = JSON.parse(process.argv[2] ?? '{}') as Handshakes
const secureContext = createSecureContext({
  key: readFileSync(key),
  cert: readFileSync(chain),
  ca: readFileSync(root),
  minVersion: 'TLSv1.3',
})
let handshakes = 0
let resumed = 0

/** @returns the ticket for the next one */
function shake(session: Buffer | undefined): Promise<Buffer | undefined> {
  return new Promise((resolve, reject) => {
    let ticket: Buffer | undefined
    let answer = ''
    const socket: TLSSocket = connect({
      port,
      host: '127.0.0.1',
      secureContext,
      servername: 'orders',
      checkServerIdentity: () => undefined, // names are SPIFFE ids; the chain is checked
      ...(session === undefined ? {} : { session }),
    })
    socket.setNoDelay(true)
    socket.once('secureConnect', () => {
      if (socket.isSessionReused()) resumed++
      socket.write('GET /items/200 HTTP/1.1\r\nHost: orders\r\nConnection: close\r\n\r\n')
    })
    socket.on('session', (next) => (ticket = next))
    socket.on('data', (data) => (answer += data.toString('latin1')))
    socket.once('error', reject)
    socket.once('close', () => {
      if (!answer.startsWith('HTTP/1.1 200')) return reject(new Error(`unexpected answer: ${answer.slice(0, 80)}`))
      handshakes++
      resolve(ticket)
    })
  })
}

async function repeat(until: number): Promise<void> {
  let ticket: Buffer | undefined
  while (performance.now() < until) {
    const next = await shake(resume ? ticket : undefined)
    ticket = next ?? ticket
  }
}
const began = performance.now()
await Promise.all(Array.from({ length: parallel }, () => repeat(began + seconds * 1000)))
const result: HandshakesResult = { handshakes, resumed, seconds: (performance.now() - began) / 1000 }
console.log(JSON.stringify(result))
