/**
 * This workload's connection to NATS: mTLS with its own certificate, read anew at every reconnect, for ever. Each workload has an inbox prefix of its own, so
 * that permissions can keep answers apart.
 */
import type { PeerCertificate } from 'node:tls'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { formatSpiffeId } from '@meshmart/mesh-policy'
import { identityInNames } from '../identity/peer-identity.ts'
import type { WorkloadIdentity } from '../identity/workload-identity.ts'
import type { SidecarLog } from '../log.ts'

/** Below 2.11 a server silently ignores the time to live of a lease, and dead replicas would stay in the registry. */
const OLDEST_SERVER = [2, 11] as const

/** The server is there and too old: waiting will not help. */
export class NatsTooOld extends Error {
  override readonly name = 'NatsTooOld'
}

export function inboxPrefixOf(workload: string): string {
  return `_INBOX_${workload}`
}

/** @throws NatsTooOld; Error where the server cannot be reached or refuses */
export async function connectNats(
  options: { url: string; workload: string; instance: string; identity: WorkloadIdentity },
  log: SidecarLog,
): Promise<NatsConnection> {
  const { identity } = options
  const server = formatSpiffeId({ trustDomain: identity.trustDomain, namespace: 'meshmart-system', account: 'nats' })
  // Getters: the client reads them at each connection and thereby always comes with the certificate of the day.
  const tls = {
    get key() {
      return identity.svid.privateKey
    },
    get cert() {
      return identity.svid.certificateChain
    },
    get ca() {
      return identity.svid.trustBundle
    },
    // Known by its SPIFFE id, as everybody in the mesh, and not by the address that it is reached at.
    checkServerIdentity: (_host: string, peer: PeerCertificate): Error | undefined => {
      const id = identityInNames(peer.subjectaltname ?? '')
      return typeof id !== 'string' && id.spiffeId === server ? undefined : new Error(`${options.url} is not ${server}`)
    },
  }
  const connection = await connect({
    servers: options.url.replace(/^\w+:\/\//, ''),
    name: options.instance,
    inboxPrefix: inboxPrefixOf(options.workload),
    tls,
    maxReconnectAttempts: -1,
    ignoreAuthErrorAbort: true,
    reconnectTimeWait: 500,
    reconnectJitterTLS: 500,
    pingInterval: 10_000,
    timeout: 5000,
  })
  const version = connection.info?.version ?? '0.0.0'
  if (isTooOld(version)) {
    await connection.close()
    throw new NatsTooOld(
      `settings: MESH_NATS_URL: nats-server ${version} is too old, ${OLDEST_SERVER.join('.')} or newer is needed (leases with a time to live)`,
    )
  }
  void report(connection, log)
  return connection
}

export function isTooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10))
  return major < OLDEST_SERVER[0] || (major === OLDEST_SERVER[0] && minor < OLDEST_SERVER[1])
}

async function report(connection: NatsConnection, log: SidecarLog): Promise<void> {
  for await (const status of connection.status()) {
    if (status.type === 'disconnect') log.warn('nats: connection lost, going on with what is known')
    else if (status.type === 'reconnect') log.info('nats: connected again')
    else if (status.type === 'error') log.warn('nats: error', { reason: status.error.message })
  }
}
