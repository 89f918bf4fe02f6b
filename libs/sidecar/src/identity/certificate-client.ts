/**
 * Asks the control plane for a certificate: at first with the join token, later with the certificate that is to be renewed. The server is known by its
 * SPIFFE id and not by a host name, because the address is a setting and no DNS is involved.
 */
import http from 'node:http'
import type net from 'node:net'
import { text } from 'node:stream/consumers'
import * as z from 'zod'
import { formatSpiffeId } from '@meshmart/mesh-policy'
import { newKeyAndRequest } from './keys.ts'
import type { Connector } from '../http1/client-pool.ts'
import { reasonOf } from '../log.ts'
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

export interface CertificateSubject {
  /** SPIFFE id */
  readonly identity: string
  readonly trustDomain: string
  /** Replica: the control plane keeps it on record. */
  readonly instance: string
}

/**
 * @param controlPlaneUrls replicas of the control plane: the next one is asked where one does not answer
 * @throws CertificateRefused; Error where none can be reached
 */
export async function requestCertificate(
  controlPlaneUrls: readonly string[],
  subject: CertificateSubject,
  proof: CertificateProof,
): Promise<Svid> {
  const failures: string[] = []
  for (const url of controlPlaneUrls) {
    try {
      return await requestFrom(new URL(url), subject, proof)
    } catch (error) {
      if (error instanceof CertificateRefused || controlPlaneUrls.length === 1) throw error
      failures.push(`${url}: ${reasonOf(error)}`)
    }
  }
  throw new Error(failures.join('; '))
}

async function requestFrom(
  url: URL,
  { identity, trustDomain, instance }: CertificateSubject,
  proof: CertificateProof,
): Promise<Svid> {
  const { privateKey, csr } = await newKeyAndRequest(identity)
  const controlPlane = formatSpiffeId({ trustDomain, namespace: 'meshmart-system', account: 'control-plane' })
  const connect = connectorTo(
    { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port || '443') },
    proof.tls,
    controlPlane,
    { timeoutMs: TIMEOUT_MS, tcpKeepaliveMs: null },
  )
  const body = JSON.stringify({ csr, instance, ...(proof.token !== null && { token: proof.token }) })
  const { status, said } = await post(url, connect, body)
  if (status >= 400 && status < 500)
    throw new CertificateRefused(`the control plane refused a certificate for ${identity}: ${status} ${said}`)
  if (status >= 300) throw new Error(`the control plane answered ${status} ${said}`)
  const answer = issued.parse(JSON.parse(said))
  return {
    privateKey,
    certificateChain: answer.certificateChain,
    trustBundle: answer.trustBundle,
    ...validityOf(answer.certificateChain),
  }
}

/** Over a connection that is made for this one request. */
function post(url: URL, connect: Connector, body: string): Promise<{ status: number; said: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request({
      method: 'POST',
      path: '/v1/certificates',
      headers: { host: url.host, 'content-type': 'application/json', connection: 'close' },
      // Node passes the error alone where there is no socket, which its type does not say.
      createConnection: (_options, done) => {
        connect((error, socket) => done(error, socket as net.Socket))
        return undefined
      },
      timeout: TIMEOUT_MS,
    })
    request.once('error', reject)
    request.once('timeout', () => request.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)))
    request.once('response', (response) => {
      text(response).then((said) => resolve({ status: response.statusCode ?? 0, said }), reject)
    })
    request.end(body)
  })
}
