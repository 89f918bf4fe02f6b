/** One connection, bytes as they are: a client library would repair what the suites send on purpose. */
import net from 'node:net'
import type { Target } from './target.ts'

export interface RawAnswer {
  /** Of the first response, 1xx included; 0 where none came. */
  readonly status: number
  /** Of the last response: behind 1xx. */
  readonly finalStatus: number
  /** Everything that came. */
  readonly text: string
  readonly closed: boolean
}

const STATUS = /^HTTP\/1\.[01] (\d{3})/
const END_OF_HEAD = '\r\n\r\n'

/**
 * @param until how long to wait for a final response; the answer is given as soon as its head is whole and what its Content-Length says has come
 * @param linger after that, how long to wait for the connection to be closed
 */
export function exchangeRaw(target: Target, bytes: Buffer, until: number, linger = 0): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = net.connect(target.port, target.host)
    let text = ''
    let closed = false
    let timer = setTimeout(finish, until)
    let lingering = false
    function finish(): void {
      clearTimeout(timer)
      socket.destroy()
      resolve({ status: statusOf(text), finalStatus: statusOf(afterInformational(text)), text, closed })
    }
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1')
      if (lingering || !isWhole(afterInformational(text))) return
      lingering = true
      clearTimeout(timer)
      timer = setTimeout(finish, linger)
    })
    // The peer may close while we still send: then what it said before counts.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      closed = true
      finish()
    })
    socket.on('end', () => {
      closed = true
    })
    socket.on('connect', () => socket.write(bytes))
  })
}

export function statusOf(text: string): number {
  return Number(STATUS.exec(text)?.[1] ?? 0)
}

export function bodyOf(text: string): string {
  const end = text.indexOf(END_OF_HEAD)
  return end === -1 ? '' : text.slice(end + END_OF_HEAD.length)
}

function afterInformational(text: string): string {
  let rest = text
  while (rest.startsWith('HTTP/1.1 1')) {
    const end = rest.indexOf(END_OF_HEAD)
    if (end === -1) return rest
    rest = rest.slice(end + END_OF_HEAD.length)
  }
  return rest
}

function isWhole(text: string): boolean {
  const end = text.indexOf(END_OF_HEAD)
  if (end === -1) return false
  const head = text.slice(0, end)
  const body = bodyOf(text)
  if (/\r\ntransfer-encoding:/i.test(head)) return body.endsWith('0\r\n\r\n')
  return body.length >= Number(/\r\ncontent-length:[ \t]*(\d+)/i.exec(head)?.[1] ?? 0)
}
