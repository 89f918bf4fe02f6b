/**
 * The certificate authority at work. It holds the issuing key alone: the root key is read by `init` and by nothing else. Who may have which
 * identity is decided in issuance.ts; here a CSR is only checked for what it proves, and signed.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificatePem, createLeaf, type Issuer } from './certificates.ts'
import { isP256PublicKey, readPrivateKey, type KeyPair } from './keys.ts'
import { formatSpiffeId, type SpiffeId } from '@meshmart/mesh-policy'
import { x509 } from './x509.ts'

export interface IssuedCertificate {
  /** Leaf and issuing certificate, PEM. */
  readonly certificateChain: string
  readonly trustBundle: string
  /** RFC 3339. */
  readonly notAfter: string
  readonly serialNumber: string
}

/** The CSR is not one that we sign; `message` says why. */
export class CsrRefused extends Error {}

export class CertificateAuthority {
  readonly trustBundle: string
  readonly #issuing: Issuer
  readonly #issuingPem: string
  readonly #lifeMs: number

  private constructor(issuing: Issuer, trustBundle: string, lifeMs: number) {
    this.#issuing = issuing
    this.#issuingPem = certificatePem(issuing.certificate)
    this.trustBundle = trustBundle
    this.#lifeMs = lifeMs
  }

  /** @param directory what `init` wrote as DIR/ca. @param lifeMs life of workload certificates. */
  static async open(directory: string, lifeMs: number): Promise<CertificateAuthority> {
    const read = (name: string): string => readFileSync(join(directory, name), 'utf8')
    const issuing = {
      certificate: new x509.X509Certificate(read('issuing.pem')),
      key: await readPrivateKey(read('issuing.key')),
    }
    return new CertificateAuthority(issuing, read('root.pem'), lifeMs)
  }

  /** Signs the public key of a CSR for `identity`. Throws CsrRefused where the CSR asks for anything else. */
  async sign(csrPem: string, identity: SpiffeId, now: number): Promise<IssuedCertificate> {
    const publicKey = await provenKey(csrPem, formatSpiffeId(identity))
    return this.#issue(publicKey, identity, [], now)
  }

  /** A certificate for the control plane itself, whose key is in this process. `hosts` are for clients that know no SPIFFE. */
  issueOwn(keys: KeyPair, identity: SpiffeId, hosts: readonly string[], now: number): Promise<IssuedCertificate> {
    return this.#issue(keys.publicKey, identity, hosts, now)
  }

  async #issue(
    publicKey: x509.PublicKey | KeyPair['publicKey'],
    identity: SpiffeId,
    hosts: readonly string[],
    now: number,
  ): Promise<IssuedCertificate> {
    const leaf = { uri: formatSpiffeId(identity), hosts, commonName: identity.account, lifeMs: this.#lifeMs }
    const certificate = await createLeaf(publicKey, this.#issuing, leaf, now)
    return {
      certificateChain: certificatePem(certificate) + this.#issuingPem,
      trustBundle: this.trustBundle,
      notAfter: certificate.notAfter.toISOString(),
      serialNumber: certificate.serialNumber,
    }
  }
}

/** The CSR's key, after it has proved that it is held, is P-256, and is asked for under `uri` and no other name. */
async function provenKey(csrPem: string, uri: string): Promise<x509.PublicKey> {
  let names: readonly x509.GeneralName[]
  let publicKey: x509.PublicKey
  let signed: boolean
  try {
    const csr = new x509.Pkcs10CertificateRequest(csrPem)
    const extensions = csr.extensions.filter((extension) => extension instanceof x509.SubjectAlternativeNameExtension)
    names = extensions.flatMap((extension) => extension.names.items)
    publicKey = csr.publicKey
    signed = isP256PublicKey(publicKey.rawData) && (await csr.verify())
  } catch (error) {
    throw new CsrRefused('csr: is not a PEM certificate request (PKCS #10)', { cause: error })
  }
  if (!signed) throw new CsrRefused('csr: must hold a P-256 key and be signed with it')
  const [name] = names
  if (names.length !== 1 || name?.type !== 'url' || name.value !== uri) {
    const asked = names.map((each) => each.value).join(', ') || 'none'
    throw new CsrRefused(`csr: its only subject alternative name must be ${uri}, not ${asked}`)
  }
  return publicKey
}
