/** P-256 keys and certificate requests of a workload. The key is made here and never leaves the process; only the request does. */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'

export const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const
export const signingAlgorithm = { name: 'ECDSA', hash: 'SHA-256' } as const
export const cryptoForX509 = webcrypto

export interface KeyAndRequest {
  /** PKCS #8 PEM, for node's TLS alone. */
  readonly privateKey: string
  /** PKCS #10 PEM whose only URI SAN is the identity. */
  readonly csr: string
}

/** @param identity SPIFFE id */
export async function newKeyAndRequest(identity: string): Promise<KeyAndRequest> {
  const keys = await webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
  const request = await x509.Pkcs10CertificateRequestGenerator.create(
    {
      keys,
      signingAlgorithm,
      extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'url', value: identity }])],
    },
    cryptoForX509,
  )
  const pkcs8 = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
  return { privateKey: x509.PemConverter.encode(pkcs8, 'PRIVATE KEY'), csr: request.toString('pem') }
}
