/**
 * Asks the control plane for a certificate: at first with the join token, later with the certificate that is to be renewed. The server is known by its
 * SPIFFE id and not by a host name, because the address is a setting and no DNS is involved.
 */
import { Client } from 'undici'
import { z } from 'zod'
import { formatSpiffeId } from '@meshmart/mesh-policy'
import { newKeyAndRequest } from './keys.ts'
import { connectorTo, type TlsIdentity } from './tls-connector.ts'
import { validityOf, type Svid } from './workload-identity.ts'

const issued = z.object({
  certificateChain: z.string().min(1),
  trustBundle: z.string().min(1),
  notAfter: z.iso.datetime({ offset: true }),
})
const TIMEOUT_MS = 10_000

/** The control plane answered, and its answer is no: trying again will not help. */
export class CertificateRefused extends Error {
  override readonly name = 'CertificateRefused'
}

export interface CertificateProof {
  /** Trust and, for a renewal, the certificate to show. */
  readonly tls: TlsIdentity
  /** The first time only. */
  readonly token: string | null
}

/** @throws CertificateRefused; Error where the control plane cannot be reached */
export async function requestCertificate(
  controlPlaneUrl: string,
  identity: string,
  trustDomain: string,
  proof: CertificateProof,
): Promise<Svid> {
  const { privateKey, csr } = await newKeyAndRequest(identity)
  const controlPlane = formatSpiffeId({ trustDomain, namespace: 'meshmart-system', account: 'control-plane' })
  const url = new URL(controlPlaneUrl)
  const connect = connectorTo(
    { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || '443') },
    proof.tls,
    controlPlane,
    { timeoutMs: TIMEOUT_MS, tcpKeepaliveMs: null },
  )
  const client = new Client(url.origin, {
    connect: (_options, callback) =>
      connect((error, socket) => {
        if (socket !== null) callback(null, socket)
        else callback(error ?? new Error('no connection'), null)
      }),
    allowH2: false,
    headersTimeout: TIMEOUT_MS,
    bodyTimeout: TIMEOUT_MS,
  })
  try {
    const response = await client.request({
      method: 'POST',
      path: '/v1/certificates',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(proof.token === null ? { csr } : { csr, token: proof.token }),
    })
    const text = await response.body.text()
    if (response.statusCode >= 400 && response.statusCode < 500) {
      throw new CertificateRefused(
        `the control plane refused a certificate for ${identity}: ${response.statusCode} ${text.slice(0, 300)}`,
      )
    }
    if (response.statusCode >= 300)
      throw new Error(`the control plane answered ${response.statusCode} ${text.slice(0, 300)}`)
    const answer = issued.parse(JSON.parse(text))
    return {
      privateKey,
      certificateChain: answer.certificateChain,
      trustBundle: answer.trustBundle,
      ...validityOf(answer.certificateChain),
    }
  } finally {
    await client.destroy()
  }
}
