/**
 * Opens connections to one peer. Within the mesh the peer must prove one identity; no host name is checked: addresses in a mesh are short-lived, identities are
 * not. Sessions are never resumed, so that every connection is a full proof with the certificates of that moment. Outside the mesh (`SIMPLE`, `MUTUAL`) the
 * names of the certificate count: see external-tls.ts.
 */
import net from 'node:net'
import tls from 'node:tls'
import type { Connector } from '../http1/client-pool.ts'
import { DirectReader } from '../http1/direct-read.ts'
import { peerIdentityOf } from './peer-identity.ts'

export interface TlsIdentity {
  /** Read at each connection: it changes when certificates rotate. */
  readonly secureContext: tls.SecureContext
  /** Whether the mesh has denied a SPIFFE id. */
  isDenied?(identity: string): boolean
}

export interface PeerAddress {
  readonly host: string
  readonly port: number
}

export interface ConnectLimits {
  /** For TCP and TLS together. */
  readonly timeoutMs: number
  /** Idle time before TCP asks whether the peer is still there; null: the system's default, off. */
  readonly tcpKeepaliveMs: number | null
  /** `direct` for connections that our own codec reads (http1/direct-read.ts); `data` events where it is not given. */
  readonly reading?: 'direct'
  /** Offered in the handshake; HTTP/1.1 where it is not given. */
  readonly alpnProtocols?: readonly string[]
}

const HTTP: readonly string[] = ['http/1.1']

/** Why no connection came about; nothing of any request has been sent. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure'
}

/** @param expected SPIFFE id that the peer must prove */
export function connectorTo(
  address: PeerAddress,
  identity: TlsIdentity,
  expected: string,
  limits: ConnectLimits,
): Connector {
  return (done) => {
    const reader = limits.reading === 'direct' ? new DirectReader() : null
    const socket = tls.connect({
      host: address.host,
      port: address.port,
      ...(reader !== null && { onread: reader.onread }),
      secureContext: identity.secureContext,
      ALPNProtocols: [...(limits.alpnProtocols ?? HTTP)],
      minVersion: 'TLSv1.3',
      rejectUnauthorized: true,
      checkServerIdentity: () => undefined,
    })
    reader?.attach(socket)
    settle(socket, 'secureConnect', address, limits, done, () => {
      const peer = peerIdentityOf(socket)
      if (typeof peer === 'string') return peer
      if (identity.isDenied?.(peer.spiffeId) === true) return `${peer.spiffeId} is denied`
      return peer.spiffeId === expected ? null : `it proved to be ${peer.spiffeId}, expected ${expected}`
    })
  }
}

/** For endpoints outside the mesh. */
export function plainConnectorTo(address: PeerAddress, limits: ConnectLimits): Connector {
  return (done) => {
    const reader = limits.reading === 'direct' ? new DirectReader() : null
    const { host, port } = address
    const socket = net.connect({ host, port, ...(reader !== null && { onread: reader.onread }) })
    reader?.attach(socket)
    settle(socket, 'connect', address, limits, done, () => null)
  }
}

/** @param options read at each connection @throws nothing: what they complain about is why there is no connection */
export function externalConnectorTo(
  address: PeerAddress,
  options: () => tls.ConnectionOptions,
  limits: ConnectLimits,
): Connector {
  return (done) => {
    let socket: tls.TLSSocket
    try {
      socket = tls.connect({
        ...options(),
        host: address.host,
        port: address.port,
        ALPNProtocols: [...(limits.alpnProtocols ?? HTTP)],
      })
    } catch (error) {
      const failure = new ConnectFailure(`no connection to ${address.host}:${address.port}: ${wordsOf(error)}`)
      setImmediate(done, failure, null)
      return
    }
    settle(socket, 'secureConnect', address, limits, done, () => null)
  }
}

function settle(
  socket: net.Socket,
  ready: 'connect' | 'secureConnect',
  address: PeerAddress,
  limits: ConnectLimits,
  done: Parameters<Connector>[0],
  problem: () => string | null,
): void {
  const where = `${address.host}:${address.port}`
  socket.setNoDelay(true)
  if (limits.tcpKeepaliveMs !== null) socket.setKeepAlive(true, limits.tcpKeepaliveMs)
  const timer = setTimeout(
    () => socket.destroy(new Error(`no connection within ${limits.timeoutMs} ms`)),
    limits.timeoutMs,
  )
  const onError = (error: Error): void => {
    clearTimeout(timer)
    socket.off('close', onClose)
    // Errors may come more than once; nobody listens for the next one.
    socket.on('error', () => undefined)
    done(new ConnectFailure(`no connection to ${where}: ${wordsOf(error)}`, { cause: error }), null)
  }
  const onClose = (): void => {
    socket.off('error', onError)
    onError(new Error('closed during the handshake'))
  }
  socket.once('error', onError)
  socket.once('close', onClose)
  socket.once(ready, () => {
    clearTimeout(timer)
    socket.off('error', onError)
    socket.off('close', onClose)
    const wrong = problem()
    if (wrong === null) {
      done(null, socket)
      return
    }
    socket.on('error', () => undefined)
    socket.destroy()
    done(new ConnectFailure(`no connection to ${where}: ${wrong}`), null)
  })
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  // Where every address of a name failed, node's own message is empty.
  return error.message !== '' || !(error instanceof AggregateError)
    ? error.message
    : error.errors.map((one) => wordsOf(one)).join('; ')
}
