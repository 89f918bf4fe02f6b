/**
 * What both placements do first, in the order in which each part needs the one before: identity, then NATS. A control plane that is not up yet is waited for,
 * because all processes of a mesh start at once; one that is away does not keep a workload from starting that still has its certificate.
 */
import { readFile } from 'node:fs/promises'
import type { NatsConnection } from '@nats-io/transport-node'
import { formatSpiffeId } from '@meshmart/mesh-policy'
import { connectNats, NatsTooOld } from './discovery/nats-connection.ts'
import { NatsSnapshots } from './discovery/nats-snapshots.ts'
import { CertificateRefused, requestCertificate, type CertificateProof } from './identity/certificate-client.ts'
import { CertificateRotation } from './identity/rotation.ts'
import { certificatesIn, trustOnly, WorkloadIdentity, type Svid } from './identity/workload-identity.ts'
import type { SidecarLog } from './log.ts'
import { recallCertificate, rememberCertificate } from './memory/remembered-certificate.ts'
import type { StateDirectory } from './memory/state-directory.ts'
import type { MeshSettings } from './settings.ts'
import { waitFor } from './waiting.ts'

export interface OwnIdentity {
  readonly identity: WorkloadIdentity
  readonly rotation: CertificateRotation
}

/**
 * @param state where the certificate is kept; null where nothing is
 * @param limitMs how long the control plane may take
 * @throws Error `settings: <VARIABLE>: <what is wrong>` where a file cannot be used, or the control plane does not come in time; CertificateRefused
 */
export async function obtainIdentity(
  settings: MeshSettings,
  state: StateDirectory | null,
  log: SidecarLog,
  limitMs: number,
): Promise<OwnIdentity> {
  const spiffeId = formatSpiffeId({
    trustDomain: settings.MESH_TRUST_DOMAIN,
    namespace: settings.MESH_NAMESPACE,
    account: settings.MESH_WORKLOAD,
  })
  const trustBundle = await readSetting(settings.MESH_ROOT_CERT_FILE, 'MESH_ROOT_CERT_FILE')
  if (certificatesIn(trustBundle).length === 0)
    throw new Error('settings: MESH_ROOT_CERT_FILE: holds no certificate in PEM')
  const joinToken = (): Promise<string> => readSetting(settings.MESH_JOIN_TOKEN_FILE, 'MESH_JOIN_TOKEN_FILE')
  const controlPlaneUrls = settings.MESH_CONTROL_PLANE_URL.split(',')
  const subject = { identity: spiffeId, trustDomain: settings.MESH_TRUST_DOMAIN, instance: nameOnRecord(settings) }
  const request = async (proof: CertificateProof): Promise<Svid> => {
    const svid = await requestCertificate(controlPlaneUrls, subject, proof)
    if (state !== null) rememberCertificate(state, spiffeId, svid)
    return svid
  }

  const token = await joinToken()
  const first = (): Promise<Svid> => request({ tls: trustOnly(trustBundle), token })
  const kept = state === null ? null : recallCertificate(state, spiffeId, Date.now())
  const svid = await (kept === null ? waitForControlPlane(settings, log, limitMs, first) : newOrKept(kept, log, first))
  log.info('identity: certificate at hand', { identity: spiffeId, notAfter: svid.notAfter.toISOString() })
  const identity = new WorkloadIdentity(spiffeId, settings.MESH_TRUST_DOMAIN, svid)
  return { identity, rotation: new CertificateRotation({ identity, request, joinToken, log }) }
}

/** An application beside its sidecar process has a certificate of its own under the same name. */
const nameOnRecord = ({ MESH_INSTANCE, ...more }: MeshSettings): string =>
  'MESH_PLACEMENT' in more && more.MESH_PLACEMENT === 'process' ? `${MESH_INSTANCE.slice(0, 59)}-app` : MESH_INSTANCE

function waitForControlPlane(
  settings: MeshSettings,
  log: SidecarLog,
  limitMs: number,
  first: () => Promise<Svid>,
): Promise<Svid> {
  const url = settings.MESH_CONTROL_PLANE_URL
  const what = { name: `the control plane at ${url}`, setting: 'MESH_CONTROL_PLANE_URL', limitMs }
  return waitFor(what, log, first, (error) => error instanceof CertificateRefused)
}

/** A restart amid an outage goes on as who it was; rotation asks again in time. A refusal is an answer and no outage. */
async function newOrKept(kept: Svid, log: SidecarLog, first: () => Promise<Svid>): Promise<Svid> {
  try {
    return await first()
  } catch (error) {
    if (error instanceof CertificateRefused) throw error
    log.warn('identity: the control plane cannot be reached, going on with the certificate that was kept', {
      notAfter: kept.notAfter.toISOString(),
    })
    return kept
  }
}

/** Connects and opens the bucket of snapshots; tries again for `limitMs`. @throws Error that names MESH_NATS_URL */
export function openNats(
  settings: MeshSettings,
  identity: WorkloadIdentity,
  log: SidecarLog,
  limitMs: number,
): Promise<{ nats: NatsConnection; snapshots: NatsSnapshots }> {
  const what = { name: `NATS at ${settings.MESH_NATS_URL}`, setting: 'MESH_NATS_URL', limitMs }
  return waitFor(
    what,
    log,
    () => openNatsOnce(settings, identity, log),
    (error) => error instanceof NatsTooOld,
  )
}

async function openNatsOnce(
  settings: MeshSettings,
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
