/** A certificate authority for tests: the same shape as the mesh's own (root → issuing → workload with one SPIFFE id), made in memory. */
import 'reflect-metadata'
import { webcrypto } from 'node:crypto'
import * as x509 from '@peculiar/x509'
import { cryptoForX509, P256, signingAlgorithm } from '../identity/keys.ts'

const DAY = 24 * 3600 * 1000

export interface IssuedCertificate {
  readonly key: string
  /** Leaf and issuing certificate. */
  readonly chain: string
}

export interface TestAuthority {
  /** PEM of the root. */
  readonly root: string
  issue(
    identity: string,
    options?: { lifeMs?: number; dnsNames?: readonly string[]; addresses?: readonly string[] },
  ): Promise<IssuedCertificate>
  /** Signs what a CSR asks for. Returns the chain. */
  sign(csr: string, lifeMs?: number): Promise<{ chain: string; notAfter: Date }>
}

export async function makeAuthority(name = 'test mesh'): Promise<TestAuthority> {
  const rootKeys = await newKeys()
  const issuingKeys = await newKeys()
  const notBefore = new Date(Date.now() - 60_000)
  const root = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serial(),
      name: `CN=${name} root`,
      notBefore,
      notAfter: new Date(Date.now() + DAY),
      keys: rootKeys,
      signingAlgorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, 2, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      ],
    },
    cryptoForX509,
  )
  const issuing = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serial(),
      subject: `CN=${name} issuing`,
      issuer: root.subject,
      notBefore,
      notAfter: new Date(Date.now() + DAY),
      publicKey: issuingKeys.publicKey,
      signingKey: rootKeys.privateKey,
      signingAlgorithm,
      extensions: [
        new x509.BasicConstraintsExtension(true, 0, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      ],
    },
    cryptoForX509,
  )

  async function leaf(
    publicKey: x509.PublicKey | webcrypto.CryptoKey,
    names: x509.JsonGeneralNames,
    lifeMs: number,
  ): Promise<x509.X509Certificate> {
    return x509.X509CertificateGenerator.create(
      {
        serialNumber: serial(),
        subject: 'O=test',
        issuer: issuing.subject,
        notBefore,
        notAfter: new Date(Date.now() + lifeMs),
        publicKey,
        signingKey: issuingKeys.privateKey,
        signingAlgorithm,
        extensions: [
          new x509.BasicConstraintsExtension(false, undefined, true),
          new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
          new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
          new x509.SubjectAlternativeNameExtension(names),
        ],
      },
      cryptoForX509,
    )
  }
  const chainOf = (certificate: x509.X509Certificate): string =>
    `${certificate.toString('pem')}\n${issuing.toString('pem')}\n`

  return {
    root: `${root.toString('pem')}\n`,
    async issue(identity, { lifeMs = 3_600_000, dnsNames = [], addresses = [] } = {}) {
      const keys = await newKeys()
      const names: x509.JsonGeneralNames = [
        { type: 'url', value: identity },
        ...dnsNames.map((value) => ({ type: 'dns' as const, value })),
        ...addresses.map((value) => ({ type: 'ip' as const, value })),
      ]
      const key = await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)
      return {
        key: x509.PemConverter.encode(key, 'PRIVATE KEY'),
        chain: chainOf(await leaf(keys.publicKey, names, lifeMs)),
      }
    },
    async sign(csr, lifeMs = 3_600_000) {
      const request = new x509.Pkcs10CertificateRequest(csr)
      if (!(await request.verify(cryptoForX509))) throw new Error('the CSR is not signed by its own key')
      const names =
        request.extensions
          .find((extension) => extension instanceof x509.SubjectAlternativeNameExtension)
          ?.names.toJSON() ?? []
      const certificate = await leaf(request.publicKey, names, lifeMs)
      return { chain: chainOf(certificate), notAfter: certificate.notAfter }
    },
  }
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(P256, true, ['sign', 'verify'])
}

function serial(): string {
  return `01${Buffer.from(webcrypto.getRandomValues(new Uint8Array(15))).toString('hex')}`
}
