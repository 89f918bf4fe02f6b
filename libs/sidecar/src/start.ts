/**
 * From settings to a running sidecar, in the order in which each part needs the one before: identity, NATS, policy, then the stacks. A control plane that is
 * not up yet is waited for, because all processes of a mesh start at once.
 */
import { readFile } from 'node:fs/promises'
import type { NatsConnection } from '@nats-io/transport-node'
import { install, setGlobalDispatcher } from 'undici'
import { formatSpiffeId } from '@meshmart/mesh-policy'
import { NatsSnapshots } from './discovery/nats-snapshots.ts'
import { connectNats, NatsTooOld } from './discovery/nats-connection.ts'
import { EmbeddedSidecar } from './embedded.ts'
import { CertificateRefused, requestCertificate, type CertificateProof } from './identity/certificate-client.ts'
import { CertificateRotation } from './identity/rotation.ts'
import { certificatesIn, trustOnly, WorkloadIdentity, type Svid } from './identity/workload-identity.ts'
import type { SidecarLog } from './log.ts'
import type { SidecarSettings } from './settings.ts'
import type { Sidecar } from './sidecar.ts'
import { waitFor } from './waiting.ts'

export interface SidecarOptions {
  readonly log: SidecarLog
  /** `fetch`, `Response` and the rest of the process become undici's and go through the mesh. */
  readonly fetchGlobally?: boolean
}

const WAIT_MS = 60_000

/**
 * Identity fetched, NATS connected, inbound policy watched; nothing listens yet.
 * @throws Error `settings: <VARIABLE>: <what is wrong>` where a file cannot be used, or the control plane or NATS does not come within 60 s
 */
export async function startSidecar(settings: SidecarSettings, options: SidecarOptions): Promise<Sidecar> {
  const { log } = options
  const spiffeId = formatSpiffeId({
    trustDomain: settings.MESH_TRUST_DOMAIN,
    namespace: settings.MESH_NAMESPACE,
    account: settings.MESH_WORKLOAD,
  })
  const trustBundle = await readSetting(settings.MESH_ROOT_CERT_FILE, 'MESH_ROOT_CERT_FILE')
  if (certificatesIn(trustBundle).length === 0)
    throw new Error('settings: MESH_ROOT_CERT_FILE: holds no certificate in PEM')
  const joinToken = (): Promise<string> => readSetting(settings.MESH_JOIN_TOKEN_FILE, 'MESH_JOIN_TOKEN_FILE')
  const request = (proof: CertificateProof): Promise<Svid> =>
    requestCertificate(settings.MESH_CONTROL_PLANE_URL, spiffeId, settings.MESH_TRUST_DOMAIN, proof)

  const token = await joinToken()
  const svid = await waitFor(
    {
      name: `the control plane at ${settings.MESH_CONTROL_PLANE_URL}`,
      setting: 'MESH_CONTROL_PLANE_URL',
      limitMs: WAIT_MS,
    },
    log,
    () => request({ tls: trustOnly(trustBundle), token }),
    (error) => error instanceof CertificateRefused,
  )
  const identity = new WorkloadIdentity(spiffeId, settings.MESH_TRUST_DOMAIN, svid)
  log.info('identity: certificate issued', { identity: spiffeId, notAfter: svid.notAfter.toISOString() })

  const { nats, snapshots } = await waitFor(
    { name: `NATS at ${settings.MESH_NATS_URL}`, setting: 'MESH_NATS_URL', limitMs: WAIT_MS },
    log,
    () => openNats(settings, identity, log),
    (error) => error instanceof NatsTooOld,
  )
  const rotation = new CertificateRotation({ identity, request, joinToken, log })
  const sidecar = new EmbeddedSidecar({ settings, log, identity, rotation, nats, snapshots })
  if (options.fetchGlobally === true) {
    install()
    setGlobalDispatcher(sidecar.dispatcher)
  }
  return sidecar
}

async function openNats(
  settings: SidecarSettings,
  identity: WorkloadIdentity,
  log: SidecarLog,
): Promise<{ nats: NatsConnection; snapshots: NatsSnapshots }> {
  const workload = {
    namespace: settings.MESH_NAMESPACE,
    workload: settings.MESH_WORKLOAD,
    instance: settings.MESH_INSTANCE,
  }
  const nats = await connectNats({ url: settings.MESH_NATS_URL, ...workload, identity }, log)
  try {
    return { nats, snapshots: await NatsSnapshots.open(nats, workload, log) }
  } catch (error) {
    await nats.close()
    throw error
  }
}

async function readSetting(path: string, variable: string): Promise<string> {
  let text: string
  try {
    text = (await readFile(path, 'utf8')).trim()
  } catch (error) {
    throw new Error(`settings: ${variable}: ${path} cannot be read`, { cause: error })
  }
  if (text === '') throw new Error(`settings: ${variable}: ${path} is empty`)
  return text
}
