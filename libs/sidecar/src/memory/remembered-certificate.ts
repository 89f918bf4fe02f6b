/**
 * The certificate that outlives its process: with it a sidecar that restarts while the control plane is away is still who it was, until the certificate ends.
 * The key stands beside it, readable by this user alone, as the join token does, which is worth the same.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto'
import * as z from 'zod'
import { certificatesIn, validityOf, type Svid } from '../identity/workload-identity.ts'
import type { StateDirectory } from './state-directory.ts'

const NAME = 'certificate'
/** Nobody begins with a certificate that ends before the first renewal could. */
const ENOUGH_MS = 10_000

const kept = z.object({
  identity: z.string(),
  privateKey: z.string(),
  certificateChain: z.string(),
  trustBundle: z.string(),
})

export function rememberCertificate(state: StateDirectory, identity: string, svid: Svid): void {
  const { privateKey, certificateChain, trustBundle } = svid
  state.write(NAME, { identity, privateKey, certificateChain, trustBundle } satisfies z.infer<typeof kept>)
}

/** @returns null where there is none of this identity that is still valid */
export function recallCertificate(state: StateDirectory, identity: string, now: number): Svid | null {
  const parsed = kept.safeParse(state.read(NAME))
  if (!parsed.success || parsed.data.identity !== identity) return null
  const { privateKey, certificateChain, trustBundle } = parsed.data
  if (!belongTogether(parsed.data)) return null
  const svid = { privateKey, certificateChain, trustBundle, ...validityOf(certificateChain) }
  return svid.notAfter.getTime() - now > ENOUGH_MS ? svid : null
}

/** A file that was damaged is as good as none: whoever began with it could neither prove anything nor renew it. */
function belongTogether({ privateKey, certificateChain, trustBundle }: z.infer<typeof kept>): boolean {
  const roots = certificatesIn(trustBundle)
  try {
    for (const root of roots) new X509Certificate(root)
    return roots.length > 0 && new X509Certificate(certificateChain).checkPrivateKey(createPrivateKey(privateKey))
  } catch {
    return false
  }
}
