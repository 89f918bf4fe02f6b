/**
 * The certificate authority at work. It holds the issuing key alone: the root key is read by `init` and by nothing else. Who may have which
 * identity is decided in issuance.ts; here a CSR is only checked for what it proves, and signed. `init` may change the files below it at any time (a new
 * issuing key, a new root): `reload` takes them whole or not at all.
 */
import { dirname, join } from 'node:path'
import { AuthorityFiles, fingerprintOf } from './authority-files.ts'
import { certificatePem, createLeaf, type Issuer } from './certificates.ts'
import { isP256PublicKey, type KeyPair } from './keys.ts'
import { formatSpiffeId, type SpiffeId } from '@meshmart/mesh-policy'
import { x509 } from './x509.ts'

export interface IssuedCertificate {
  /** Leaf and issuing certificate, PEM. */
  readonly certificateChain: string
  readonly trustBundle: string
  /** RFC 3339. */
  readonly notAfter: string
  readonly serialNumber: string
  /** SHA-256 of the issuing certificate, in hexadecimal. */
  readonly issuer: string
}
interface InForce {
  readonly issuing: Issuer
  readonly issuingPem: string
  readonly trustBundle: string
  readonly issuer: string
}

/** The CSR is not one that we sign; `message` says why. */
export class CsrRefused extends Error {}

/** Where the secret lies that `init` has made, unless it was told otherwise. @param directory DIR/ca */
export const secretBeside = (directory: string): string => join(dirname(directory), 'ca-secret/key')

export class CertificateAuthority {
  readonly #files: AuthorityFiles
  readonly #lifeMs: number
  #inForce: InForce

  private constructor(files: AuthorityFiles, inForce: InForce, lifeMs: number) {
    this.#files = files
    this.#inForce = inForce
    this.#lifeMs = lifeMs
  }

  /**
   * @param directory what `init` wrote as DIR/ca
   * @param lifeMs life of workload certificates
   * @throws Error that names the file which cannot be used
   */
  static async open(
    directory: string,
    lifeMs: number,
    secretFile = secretBeside(directory),
  ): Promise<CertificateAuthority> {
    const files = new AuthorityFiles(directory, secretFile)
    return new CertificateAuthority(files, await read(files), lifeMs)
  }

  /** PEM of every root that is trusted. */
  get trustBundle(): string {
    return this.#inForce.trustBundle
  }

  /** SHA-256 of the certificate that signs now, in hexadecimal. */
  get issuer(): string {
    return this.#inForce.issuer
  }

  /** True if something is new. @throws Error where the files do not belong together (yet); what was in force stays so */
  async reload(): Promise<boolean> {
    const before = this.#inForce
    const now = await read(this.#files)
    if (now.issuer === before.issuer && now.trustBundle === before.trustBundle) return false
    this.#inForce = now
    return true
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
    const { issuing, issuingPem, trustBundle, issuer } = this.#inForce
    const leaf = { uri: formatSpiffeId(identity), hosts, commonName: identity.account, lifeMs: this.#lifeMs }
    const certificate = await createLeaf(publicKey, issuing, leaf, now)
    return {
      certificateChain: certificatePem(certificate) + issuingPem,
      trustBundle,
      notAfter: certificate.notAfter.toISOString(),
      serialNumber: certificate.serialNumber,
      issuer,
    }
  }
}

/** A moment between two files is nobody's state: what signs must chain to what is trusted. */
async function read(files: AuthorityFiles): Promise<InForce> {
  const issuing = await files.issuing()
  const roots = files.roots()
  const chains = await Promise.all(
    roots.map(({ publicKey }) => issuing.certificate.verify({ publicKey, signatureOnly: true })),
  )
  if (!chains.includes(true))
    throw new Error(`${files.directory}: issuing.pem was signed by no root of root.pem: run init`)
  return {
    issuing,
    issuingPem: certificatePem(issuing.certificate),
    trustBundle: files.read('root.pem'),
    issuer: fingerprintOf(issuing.certificate),
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
