/**
 * A certificate for somebody outside of the mesh, such as the demo's card acquirer: signed by itself, so that trusting it is trusting nobody else, and the mesh's own
 * authority vouches for nothing that is not the mesh's.
 */
import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeDirectory, writeWhole } from './authority-files.ts'
import { certificatePem, createOutsider } from './certificates.ts'
import { generateKeyPair, privateKeyPem } from './keys.ts'

const DAY_MS = 86_400_000
const SPARE_MS = 30 * DAY_MS

export interface Outsider {
  /** Folder of its key, and name of its certificate among the public files. */
  readonly name: string
  /** DNS name that it is called by. */
  readonly host: string
}

/** Writes `DIR/<name>/server.{key,pem}` and `DIR/public/<name>.pem` unless they are there and good for another month. */
export async function ensureOutsider(directory: string, { name, host }: Outsider, now: number): Promise<void> {
  const folder = join(directory, name)
  const certificate = join(folder, 'server.pem')
  makeDirectory(folder, 0o700)
  if (!existsSync(certificate) || Date.parse(new X509Certificate(readFileSync(certificate)).validTo) - now < SPARE_MS) {
    const keys = await generateKeyPair()
    writeWhole(join(folder, 'server.key'), await privateKeyPem(keys.privateKey))
    writeWhole(certificate, certificatePem(await createOutsider(keys, host, now)))
  }
  writeWhole(join(directory, 'public', `${name}.pem`), readFileSync(certificate, 'utf8'), 0o644)
}
