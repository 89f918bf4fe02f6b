/**
 * The server name that a connection asks for, without answering it. What was read is given back. Who speaks no TLS, or says nothing in time, asks for nobody, and
 * is routed as such, as by Envoy's `tls_inspector`.
 */
import type net from 'node:net'
import { readClientHello } from './client-hello.ts'

export type Peeked = { readonly sni: string | null; readonly rest: Buffer }

/** @param rest what was read before @param done once; null where the caller closed its side before it had said anything useful */
export function peekServerName(
  socket: net.Socket,
  rest: Buffer,
  timeoutMs: number,
  done: (peeked: Peeked | null) => void,
): void {
  let bytes = rest
  const finish = (peeked: Peeked | null): void => {
    clearTimeout(timer)
    socket.off('data', look)
    socket.off('end', gone)
    socket.off('close', gone)
    socket.pause()
    done(peeked)
  }
  const decide = (): boolean => {
    const hello = readClientHello(bytes)
    if (hello.kind === 'incomplete') return false
    finish({ sni: hello.kind === 'hello' && hello.sni !== '' ? hello.sni : null, rest: bytes })
    return true
  }
  const look = (chunk: Buffer): void => {
    bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk])
    decide()
  }
  const gone = (): void => finish(null)
  const timer = setTimeout(() => finish({ sni: null, rest: bytes }), timeoutMs)
  if (decide()) return
  socket.on('data', look)
  socket.on('end', gone)
  socket.on('close', gone)
  socket.resume()
}
