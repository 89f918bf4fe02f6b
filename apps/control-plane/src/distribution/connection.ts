/**
 * The control plane's connection to NATS. The certificate is read through getters, because the client asks for it at each reconnect: it then
 * shows the one that is valid by that time. The server is known by its SPIFFE id, not by the address that it is reached at.
 */
import type { PeerCertificate } from 'node:tls'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import type { OwnIdentity } from '../identity/own-identity.ts'
import { uriNames } from '../identity/peer.ts'

const MINIMUM_VERSION = [2, 11] as const
export const INBOX_PREFIX = '_INBOX_control-plane'

/**
 * Connects, for as long as it takes at start. Throws where the server is too old: below 2.11 a lease would never expire.
 * @param account of `own`: answers come below its inbox prefix alone
 */
export async function connectToNats(
  url: string,
  own: OwnIdentity,
  serverId: string,
  account = 'control-plane',
): Promise<NatsConnection> {
  const tls = {
    get cert() {
      return own.current.cert
    },
    get key() {
      return own.current.key
    },
    get ca() {
      return own.current.ca
    },
    checkServerIdentity: (_host: string, peer: PeerCertificate): Error | undefined =>
      uriNames(peer).includes(serverId) ? undefined : new Error(`NATS at ${url} is not ${serverId}`),
  }
  const nc = await connect({
    servers: url,
    name: account,
    inboxPrefix: `_INBOX_${account}`,
    tls,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 500,
    waitOnFirstConnect: true,
  })
  const version = nc.info?.version ?? '0.0.0'
  if (isTooOld(version)) {
    await nc.close()
    throw new Error(`NATS at ${url} is ${version}; ${MINIMUM_VERSION.join('.')} or newer is needed`)
  }
  return nc
}

export function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major < MINIMUM_VERSION[0] || (major === MINIMUM_VERSION[0] && minor < MINIMUM_VERSION[1])
}
