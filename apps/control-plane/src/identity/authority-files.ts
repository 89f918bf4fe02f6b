/**
 * The authority's folder: two sealed keys, their certificates, the bundle of roots. The root that signs is the one whose key is there, wherever it stands in
 * the bundle: so a rotation that was interrupted between two files is still in one piece.
 */
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificatePem, type Issuer } from './certificates.ts'
import { privateKeyPem, readPrivateKey, type KeyPair } from './keys.ts'
import { isSealed, newSecret, readSecret, seal, unseal } from './sealed-key.ts'
import { x509 } from './x509.ts'

export class AuthorityFiles {
  readonly directory: string
  readonly #secret: Buffer

  /** @param secretFile holds what the keys are sealed with. @throws Error that names the file */
  constructor(directory: string, secretFile: string) {
    this.directory = directory
    try {
      this.#secret = readSecret(readFileSync(secretFile, 'utf8'))
    } catch (error) {
      throw new Error(`${secretFile}: ${(error as Error).message}`, { cause: error })
    }
  }

  /** Makes the secret where there is none. */
  static create(directory: string, secretFile: string): AuthorityFiles {
    if (!existsSync(secretFile)) writeWhole(secretFile, `${newSecret()}\n`)
    chmodSync(secretFile, 0o600)
    return new AuthorityFiles(directory, secretFile)
  }

  has(name: string): boolean {
    return existsSync(join(this.directory, name))
  }

  read(name: string): string {
    return readFileSync(join(this.directory, name), 'utf8')
  }

  write(name: string, content: string): void {
    writeWhole(join(this.directory, name), content)
  }

  remove(name: string): void {
    rmSync(join(this.directory, name), { force: true })
  }

  /** PEM of a private key. One that an earlier version has left in the clear is read as well. */
  readKey(name: string): string {
    const text = this.read(name)
    return isSealed(text) ? unseal(text, this.#secret, name) : text
  }

  async writeKey(name: string, keys: KeyPair): Promise<void> {
    this.sealKey(name, await privateKeyPem(keys.privateKey))
  }

  sealKey(name: string, pem: string): void {
    this.write(name, seal(pem, this.#secret, name))
  }

  isInTheClear(name: string): boolean {
    return this.has(name) && !isSealed(this.read(name))
  }

  /** Every root that is trusted. */
  roots(): x509.X509Certificate[] {
    return certificatesIn(this.read('root.pem'))
  }

  /** The root that signs. */
  async root(): Promise<Issuer> {
    const key = this.readKey('root.key')
    for (const certificate of this.roots()) {
      if (await belongsTo(key, certificate)) return { certificate, key: await readPrivateKey(key) }
    }
    throw new Error(`${this.directory}: root.key belongs to no certificate of root.pem; restore it, or remove both`)
  }

  async issuing(): Promise<Issuer> {
    return {
      certificate: new x509.X509Certificate(this.read('issuing.pem')),
      key: await readPrivateKey(this.readKey('issuing.key')),
    }
  }
}

/** SHA-256 of a certificate, in hexadecimal. */
export const fingerprintOf = (certificate: x509.X509Certificate): string =>
  createHash('sha256').update(Buffer.from(certificate.rawData)).digest('hex')

export const bundleOf = (certificates: readonly x509.X509Certificate[]): string =>
  certificates.map(certificatePem).join('')

function certificatesIn(bundle: string): x509.X509Certificate[] {
  const blocks = bundle.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.map((block) => new x509.X509Certificate(block))
}

/** By a signature: the key can be used for nothing else. */
async function belongsTo(pem: string, { publicKey }: x509.X509Certificate): Promise<boolean> {
  const { subtle } = globalThis.crypto
  const algorithm = { name: 'ECDSA', hash: 'SHA-256' }
  const data = new TextEncoder().encode('does this key belong to that certificate?')
  const signature = await subtle.sign(algorithm, await readPrivateKey(pem), data)
  return subtle.verify(algorithm, await publicKey.export(), signature, data)
}

export function makeDirectory(path: string, mode: number): void {
  mkdirSync(path, { recursive: true, mode })
  chmodSync(path, mode)
}

/** Written beside and renamed, so that nobody reads half a key, not even after a crash. */
export function writeWhole(path: string, content: string, mode = 0o600): void {
  writeFileSync(`${path}.new`, content, { mode })
  chmodSync(`${path}.new`, mode)
  renameSync(`${path}.new`, path)
}
