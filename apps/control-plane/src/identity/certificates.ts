/**
 * The three kinds of certificate. The root signs only the issuing certificate and can stay offline afterwards; the issuing key signs what
 * workloads run with, so that it can be replaced without a new trust bundle (RFC 5280; X.509-SVID).
 */
import { randomBytes } from 'node:crypto'
import { signatureAlgorithm, type KeyPair, type PrivateKey } from './keys.ts'
import { x509 } from './x509.ts'

const DAY_MS = 86_400_000
const ROOT_LIFE_MS = 3650 * DAY_MS
const ISSUING_LIFE_MS = 365 * DAY_MS
const OUTSIDER_LIFE_MS = 365 * DAY_MS
/**
 * Clocks differ: what is issued now is already good for a neighbour that is a little behind. At most a quarter of the life: whoever renews at half of it
 * counts from here, and would find a short one old at birth.
 */
const CLOCK_SKEW_MS = 60_000
const CLOCK_SKEW_SHARE = 0.25

export interface Issuer {
  readonly certificate: x509.X509Certificate
  readonly key: PrivateKey
}
export interface Leaf {
  readonly uri: string
  readonly hosts: readonly string[]
  readonly commonName: string
  readonly lifeMs: number
}

/** The top bit is cleared, so that the number is positive in DER. */
const serialNumber = (): string => {
  const bytes = randomBytes(16)
  bytes[0] = (bytes[0]! & 0x7f) | 0x40
  return bytes.toString('hex')
}
const validity = (now: number, lifeMs: number) => ({
  serialNumber: serialNumber(),
  notBefore: new Date(now - Math.min(CLOCK_SKEW_MS, lifeMs * CLOCK_SKEW_SHARE)),
  notAfter: new Date(now + lifeMs),
  signingAlgorithm: signatureAlgorithm,
})
const signsCertificates = new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true)

export async function createRoot(keys: KeyPair, trustDomain: string, now: number): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.createSelfSigned({
    ...validity(now, ROOT_LIFE_MS),
    name: [{ O: ['Meshmart'] }, { CN: [`Meshmart root ${trustDomain}`] }],
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 1, true),
      signsCertificates,
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.SubjectAlternativeNameExtension([{ type: 'url', value: `spiffe://${trustDomain}` }]),
    ],
  })
}

export async function createIssuing(
  keys: KeyPair,
  root: Issuer,
  trustDomain: string,
  now: number,
): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.create({
    ...validity(now, ISSUING_LIFE_MS),
    subject: [{ O: ['Meshmart'] }, { CN: [`Meshmart issuing ${trustDomain}`] }],
    issuer: root.certificate.subjectName,
    publicKey: keys.publicKey,
    signingKey: root.key,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      signsCertificates,
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(root.certificate.publicKey),
      new x509.SubjectAlternativeNameExtension([{ type: 'url', value: `spiffe://${trustDomain}` }]),
    ],
  })
}

/** A workload's certificate. It never outlives the issuing one. */
export async function createLeaf(
  publicKey: x509.PublicKey | webcryptoKey,
  issuing: Issuer,
  leaf: Leaf,
  now: number,
): Promise<x509.X509Certificate> {
  const life = Math.min(leaf.lifeMs, issuing.certificate.notAfter.getTime() - now)
  if (life <= 0) throw new Error('the issuing certificate has expired: run init again')
  const { serverAuth, clientAuth } = x509.ExtendedKeyUsage
  return x509.X509CertificateGenerator.create({
    ...validity(now, life),
    subject: [{ O: ['Meshmart'] }, { CN: [leaf.commonName] }],
    issuer: issuing.certificate.subjectName,
    publicKey,
    signingKey: issuing.key,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([serverAuth, clientAuth]),
      await x509.SubjectKeyIdentifierExtension.create(publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(issuing.certificate.publicKey),
      new x509.SubjectAlternativeNameExtension([
        { type: 'url', value: leaf.uri },
        ...leaf.hosts.map((host) => ({ type: isAddress(host) ? 'ip' : 'dns', value: host }) as const),
      ]),
    ],
  })
}

/** A server's certificate that it has signed itself: whoever trusts it trusts it alone. */
export async function createOutsider(keys: KeyPair, host: string, now: number): Promise<x509.X509Certificate> {
  return x509.X509CertificateGenerator.createSelfSigned({
    ...validity(now, OUTSIDER_LIFE_MS),
    name: [{ CN: [host] }],
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: host }]),
    ],
  })
}

type webcryptoKey = KeyPair['publicKey']
const isAddress = (host: string): boolean => /^[0-9.]+$|:/.test(host)

export const certificatePem = (certificate: x509.X509Certificate): string => `${certificate.toString('pem').trim()}\n`
