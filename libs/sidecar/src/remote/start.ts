/** From settings to the application's end of the process placement: identity, NATS, and a sidecar process that takes calls; then the application may begin. */
import net from 'node:net'
import { connectNats, NatsTooOld } from '../discovery/nats-connection.ts'
import { NatsSnapshots } from '../discovery/nats-snapshots.ts'
import { followTrust } from '../identity/trust.ts'
import type { SidecarLog } from '../log.ts'
import type { StateDirectory } from '../memory/state-directory.ts'
import type { SidecarSettings } from '../settings.ts'
import { obtainIdentity } from '../startup.ts'
import { waitFor } from '../waiting.ts'
import { RemoteSidecar } from './remote-sidecar.ts'
import { remoteSettings } from './settings.ts'

const TRY_MS = 1000

/**
 * @param state where the certificate is kept; null where nothing is @param limitMs how long each of them may take
 * @throws Error `settings: <VARIABLE>: <what is wrong>` where a setting is missing, or one of them does not come in time
 */
export async function startRemoteSidecar(
  given: SidecarSettings,
  state: StateDirectory | null,
  log: SidecarLog,
  limitMs: number,
): Promise<RemoteSidecar> {
  const settings = remoteSettings(given)
  const own = await obtainIdentity(settings, state, log, limitMs)
  const { MESH_NATS_URL: url, MESH_WORKLOAD: workload, MESH_INSTANCE: instance, MESH_OUTBOUND_PORT: port } = settings
  const [nats] = await Promise.all([
    waitFor(
      { name: `NATS at ${url}`, setting: 'MESH_NATS_URL', limitMs },
      log,
      () => connectNats({ url, workload, instance, identity: own.identity }, log),
      (error) => error instanceof NatsTooOld,
    ),
    waitFor(
      { name: `the sidecar process at http://127.0.0.1:${port}`, setting: 'MESH_OUTBOUND_PORT', limitMs },
      log,
      () => connects(port),
      () => false,
    ),
  ])
  const trust = await NatsSnapshots.open(nats, { namespace: settings.MESH_NAMESPACE, workload, instance }, log)
  followTrust({ snapshots: trust, ...own, log })
  return new RemoteSidecar({ settings, log, own, nats, trust })
}

function connects(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: '127.0.0.1', port, timeout: TRY_MS })
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
    socket.once('timeout', () => socket.destroy(new Error(`no answer within ${TRY_MS} ms`)))
    socket.once('error', reject)
  })
}
