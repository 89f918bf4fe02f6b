/**
 * Whom the mesh says to believe (snapshot `trust`): new roots are trusted before anybody shows a certificate of theirs, and who was signed by a key that is on its
 * way out asks for a new certificate at once instead of at half of its life. Who is denied is refused at both ends, whatever certificate it holds.
 */
import { X509Certificate } from 'node:crypto'
import type { TrustSnapshot } from '@meshmart/mesh-policy'
import type { SnapshotSource } from '../discovery/snapshot-source.ts'
import type { SidecarLog } from '../log.ts'
import type { CertificateRotation } from './rotation.ts'
import { certificatesIn, type WorkloadIdentity } from './workload-identity.ts'

/** Everybody is told at the same moment, and need not come at the same moment. */
const SPREAD_MS = 1_000

export interface TrustParts {
  readonly snapshots: Pick<SnapshotSource, 'watch'>
  readonly identity: WorkloadIdentity
  readonly rotation: CertificateRotation
  readonly log: SidecarLog
}

export function followTrust({ snapshots, identity, rotation, log }: TrustParts): void {
  snapshots.watch<TrustSnapshot>('trust', (trust) => {
    // Whoever takes the snapshot away means no change of trust.
    if (trust === null) return
    if (certificatesIn(trust.trustBundle).length === 0) throw new Error('trust: the bundle holds no root')
    if (trust.trustBundle !== identity.svid.trustBundle) {
      identity.replace({ ...identity.svid, trustBundle: trust.trustBundle })
      log.info('identity: other roots are trusted', { roots: certificatesIn(trust.trustBundle).length })
    }
    identity.deny(trust.denied)
    if (issuerOf(identity.svid.certificateChain) !== trust.issuer) rotation.renewWithin(Math.random() * SPREAD_MS)
  })
}

/** SHA-256 of the certificate that signed the leaf, as the control plane writes it; null where the chain does not hold it. */
export function issuerOf(certificateChain: string): string | null {
  const [, issuing] = certificatesIn(certificateChain)
  return issuing === undefined ? null : new X509Certificate(issuing).fingerprint256.replaceAll(':', '').toLowerCase()
}
