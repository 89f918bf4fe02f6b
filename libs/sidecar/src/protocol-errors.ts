/**
 * What node's parser refuses by itself never becomes a request: ambiguous framing, broken chunks, a head without an end. Node would close the connection with
 * a bare status line and no word in any log; here it gets the same problem details and the same access-log line as every other refusal.
 */
import http from 'node:http'
import type net from 'node:net'
import type { Duplex } from 'node:stream'
import { protocolError } from './answers.ts'
import type { Exchange } from './exchange.ts'
import { readerLanguage, type MeshProblemCode } from './problem-catalogue.ts'
import type { Answer } from './stack.ts'

/** An exchange whose ends are node's. */
export interface ServedExchange extends Exchange {
  readonly request: http.IncomingMessage
  readonly response: http.ServerResponse
}

/** One line of the access log for what never became an exchange. */
export type RecordRefusal = (method: string, path: string, answer: Answer, peer: Duplex) => void

/** How long what the peer still sends is read and thrown away: closed at once, its answer might be lost in a reset. */
const LINGER_MS = 1000
const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'

export class ProtocolErrors {
  readonly #record: RecordRefusal
  /** What is in flight on a connection, in the order in which it came: more than one where the peer pipelines. */
  readonly #open = new WeakMap<Duplex, ServedExchange[]>()
  readonly #refused = new WeakSet<Duplex>()

  constructor(server: http.Server, record: RecordRefusal) {
    this.#record = record
    server.on('clientError', (error: Error, socket) => this.#refuse(error, socket))
    server.on('connect', (request: http.IncomingMessage, socket: Duplex) => {
      const language = readerLanguage(request.headers['accept-language'])
      const answer = protocolError(405, 'mesh-connect', 'CONNECT: this is no proxy', language, {
        allow: ALLOWED_METHODS,
      })
      this.#record('CONNECT', request.url ?? '-', answer, socket)
      // Node has taken its own listeners away.
      socket.on('error', () => socket.destroy())
      writeAndClose(socket, answer, true)
      socket.resume()
    })
  }

  begun(exchange: ServedExchange): void {
    const { socket } = exchange.request
    const open = this.#open.get(socket)
    if (open === undefined) this.#open.set(socket, [exchange])
    else open.push(exchange)
  }

  over(exchange: ServedExchange): void {
    const open = this.#open.get(exchange.request.socket)
    const index = open?.indexOf(exchange) ?? -1
    if (index !== -1) open?.splice(index, 1)
  }

  #refuse(error: Error, socket: Duplex): void {
    if (this.#refused.has(socket)) return
    const code = 'code' in error ? String(error.code) : ''
    // More bytes after a request that said `close`: nobody reads them, and its answer is on its way.
    if (code === 'HPE_CLOSED_CONNECTION') return
    const open = this.#open.get(socket) ?? []
    const last = open.at(-1)
    const broken = last?.request.complete === false ? last : null
    const kind = kindOf(code)
    const goneMidway = broken !== null && code === 'HPE_INVALID_EOF_STATE'
    // A connection that was opened in advance and never used has asked nothing.
    const unused = 'bytesRead' in socket && socket.bytesRead === 0
    if (kind === null || goneMidway || unused) {
      socket.destroy()
      return
    }
    this.#refused.add(socket)
    const head = broken === null ? headOf(error) : null
    const language = readerLanguage(broken?.header('accept-language') ?? head?.acceptLanguage)
    const answer = protocolError(kind.status, kind.code, reasonOfParser(error), language)
    const method = broken?.method ?? head?.method ?? '-'
    if (broken === null) this.#record(method, head?.path ?? '-', answer, socket)
    else broken.breakOff(answer)
    if (broken?.response.headersSent === true) {
      // Its own answer has begun: cutting it is the only way left to say that something is wrong.
      socket.destroy()
      return
    }
    const before = broken === null ? last : open.at(-2)
    const withBody = method !== 'HEAD'
    if (before === undefined) writeAndClose(socket, answer, withBody)
    else before.response.once('close', () => writeAndClose(socket, answer, withBody))
  }
}

/** Null where the connection broke and there is nobody to tell. */
function kindOf(code: string): { status: number; code: MeshProblemCode } | null {
  if (code === 'HPE_HEADER_OVERFLOW') return { status: 431, code: 'mesh-head-too-large' }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return { status: 408, code: 'mesh-request-timeout' }
  return code.startsWith('HPE_') ? { status: 400, code: 'mesh-dpe' } : null
}

function reasonOfParser(error: Error): string {
  return 'reason' in error && typeof error.reason === 'string' && error.reason !== '' ? error.reason : error.message
}

/** What can be told of a head that could not be read: for the log, and for the language of the answer. */
function headOf(error: Error): { method: string; path: string; acceptLanguage: string | undefined } {
  const packet = 'rawPacket' in error && Buffer.isBuffer(error.rawPacket) ? error.rawPacket : Buffer.alloc(0)
  const text = packet.toString('latin1', 0, http.maxHeaderSize)
  const [, method = '-', path = '-'] = /^([A-Z]{1,20}) ([^\s?]{1,2000})/.exec(text) ?? []
  return { method, path, acceptLanguage: /^accept-language:[ \t]*([^\r\n]{0,200})/im.exec(text)?.[1] }
}

function writeAndClose(socket: Duplex | net.Socket, answer: Answer, withBody: boolean): void {
  if (!socket.writable) {
    socket.destroy()
    return
  }
  const fields = Object.entries(answer.headers).map(([name, value]) => `${name}: ${value}\r\n`)
  const date = new Date().toUTCString()
  const head = `HTTP/1.1 ${answer.status} ${http.STATUS_CODES[answer.status] ?? ''}\r\ndate: ${date}\r\n${fields.join('')}\r\n`
  const timer = setTimeout(() => socket.destroy(), LINGER_MS)
  timer.unref()
  socket.once('close', () => clearTimeout(timer))
  socket.end(withBody ? head + answer.body : head)
}
