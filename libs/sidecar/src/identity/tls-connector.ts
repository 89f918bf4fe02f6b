/**
 * Opens connections to one peer that must prove one identity. No host name is checked: addresses in a mesh are short-lived, identities are not. Sessions are
 * never resumed, so that every connection is a full proof with the certificates of that moment.
 */
import net from 'node:net'
import tls from 'node:tls'
import type { buildConnector } from 'undici'
import { peerIdentityOf } from './peer-identity.ts'

export interface TlsIdentity {
  /** Read at each connection: it changes when certificates rotate. */
  readonly secureContext: tls.SecureContext
}

export interface PeerAddress {
  readonly host: string
  readonly port: number
}

/** Why no connection came about; nothing of any request has been sent. */
export class ConnectFailure extends Error {
  override readonly name = 'ConnectFailure'
}

/** @param expected SPIFFE id that the peer must prove @param timeoutMs for TCP and TLS together */
export function connectorTo(
  address: PeerAddress,
  identity: TlsIdentity,
  expected: string,
  timeoutMs: number,
): buildConnector.connector {
  return (_options, callback) => {
    const socket = tls.connect({
      host: address.host,
      port: address.port,
      secureContext: identity.secureContext,
      ALPNProtocols: ['http/1.1'],
      minVersion: 'TLSv1.3',
      rejectUnauthorized: true,
      checkServerIdentity: () => undefined,
    })
    settle(socket, 'secureConnect', address, timeoutMs, callback, () => {
      const peer = peerIdentityOf(socket)
      if (typeof peer === 'string') return peer
      return peer.spiffeId === expected ? null : `it proved to be ${peer.spiffeId}, expected ${expected}`
    })
  }
}

/** For endpoints outside the mesh. */
export function plainConnectorTo(address: PeerAddress, timeoutMs: number): buildConnector.connector {
  return (_options, callback) => {
    settle(net.connect({ host: address.host, port: address.port }), 'connect', address, timeoutMs, callback, () => null)
  }
}

function settle(
  socket: net.Socket,
  ready: 'connect' | 'secureConnect',
  address: PeerAddress,
  timeoutMs: number,
  callback: buildConnector.Callback,
  problem: () => string | null,
): void {
  const where = `${address.host}:${address.port}`
  socket.setNoDelay(true)
  const timer = setTimeout(() => socket.destroy(new Error(`no connection within ${timeoutMs} ms`)), timeoutMs)
  const onError = (error: Error): void => {
    clearTimeout(timer)
    callback(new ConnectFailure(`no connection to ${where}`, { cause: error }), null)
  }
  const onClose = (): void => onError(new Error('closed during the handshake'))
  socket.once('error', onError)
  socket.once('close', onClose)
  socket.once(ready, () => {
    clearTimeout(timer)
    socket.off('error', onError)
    socket.off('close', onClose)
    const wrong = problem()
    if (wrong === null) {
      callback(null, socket)
      return
    }
    socket.destroy()
    callback(new ConnectFailure(`no connection to ${where}: ${wrong}`), null)
  })
}
