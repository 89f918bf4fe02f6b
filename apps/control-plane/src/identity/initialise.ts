/**
 * What must exist before anything of the mesh can start: the authority, one join token per workload, NATS's certificate and the trust bundle.
 * It runs before every start, so it only adds what is missing; server certificates are issued anew, because they cost nothing and age.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { certificatePem, createIssuing, createLeaf, createRoot, type Issuer } from './certificates.ts'
import { hashToken, newToken, readTokenHashes, type TokenHashes } from './join-tokens.ts'
import { generateKeyPair, privateKeyPem, readPrivateKey } from './keys.ts'
import { formatSpiffeId } from '@meshmart/mesh-policy'
import { x509 } from './x509.ts'

const DAY_MS = 86_400_000
/** An issuing certificate with less left is replaced at the next start, long before a workload could notice. */
const ISSUING_SPARE_MS = 30 * DAY_MS
const NATS_LIFE_MS = 90 * DAY_MS

const workloads = [
  'meshmart/gateway',
  'meshmart/orders',
  'meshmart/payments',
  'meshmart/inventory',
  'default/my-service',
]

export interface InitOptions {
  readonly directory: string
  /** Names and addresses under which NATS is reached, beside localhost and 127.0.0.1. */
  readonly hosts: readonly string[]
  readonly trustDomain: string
  readonly now: number
}

/** Writes what is missing below `directory` (docs/architecture.md, "Identity"). */
export async function initialise({ directory, hosts, trustDomain, now }: InitOptions): Promise<void> {
  const uri = formatSpiffeId({ trustDomain, namespace: 'meshmart-system', account: 'nats' })
  const [ca, tokens, nats, open] = ['ca', 'tokens', 'nats', 'public'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
    string,
  ]
  // Others may pass through to public/, and through to nothing else.
  mkdirSync(directory, { recursive: true, mode: 0o755 })
  for (const folder of [ca, tokens, nats]) makeDirectory(folder, 0o700)
  makeDirectory(open, 0o755)

  const root = await rootOf(ca, trustDomain, now)
  const issuing = await issuingOf(ca, root, trustDomain, now)
  const trustBundle = readFileSync(join(ca, 'root.pem'), 'utf8')
  writeWhole(join(open, 'root.pem'), trustBundle, 0o644)

  const keys = await generateKeyPair()
  const leaf = {
    uri,
    hosts: [...new Set([...hosts, 'localhost', '127.0.0.1'])],
    commonName: 'nats',
    lifeMs: NATS_LIFE_MS,
  }
  const server = await createLeaf(keys.publicKey, issuing, leaf, now)
  writeWhole(join(nats, 'server.key'), await privateKeyPem(keys.privateKey))
  writeWhole(join(nats, 'server.pem'), certificatePem(server) + certificatePem(issuing.certificate))
  writeWhole(join(nats, 'ca.pem'), trustBundle, 0o644)
  writeTokens(tokens, join(ca, 'token-hashes.json'))
}

async function rootOf(ca: string, trustDomain: string, now: number): Promise<Issuer> {
  const [keyFile, certificateFile] = [join(ca, 'root.key'), join(ca, 'root.pem')]
  if (existsSync(keyFile) !== existsSync(certificateFile)) {
    throw new Error(`${ca}: root.key and root.pem belong together, but one is missing; restore it, or remove both`)
  }
  if (!existsSync(keyFile)) {
    const keys = await generateKeyPair()
    writeWhole(keyFile, await privateKeyPem(keys.privateKey))
    writeWhole(certificateFile, certificatePem(await createRoot(keys, trustDomain, now)))
  }
  // The first certificate of the bundle signs; further ones are roots that are still, or already, trusted.
  return {
    certificate: new x509.X509Certificate(readFileSync(certificateFile, 'utf8')),
    key: await readPrivateKey(readFileSync(keyFile, 'utf8')),
  }
}

async function issuingOf(ca: string, root: Issuer, trustDomain: string, now: number): Promise<Issuer> {
  const [keyFile, certificateFile] = [join(ca, 'issuing.key'), join(ca, 'issuing.pem')]
  if (existsSync(keyFile) && existsSync(certificateFile)) {
    const certificate = new x509.X509Certificate(readFileSync(certificateFile, 'utf8'))
    const ofThisRoot = await certificate.verify({ publicKey: root.certificate.publicKey, signatureOnly: true })
    if (ofThisRoot && certificate.notAfter.getTime() - now > ISSUING_SPARE_MS) {
      return { certificate, key: await readPrivateKey(readFileSync(keyFile, 'utf8')) }
    }
  }
  const keys = await generateKeyPair()
  const certificate = await createIssuing(keys, root, trustDomain, now)
  writeWhole(keyFile, await privateKeyPem(keys.privateKey))
  writeWhole(certificateFile, certificatePem(certificate))
  return { certificate, key: keys.privateKey }
}

function writeTokens(directory: string, hashFile: string): void {
  const hashes: TokenHashes = existsSync(hashFile) ? readTokenHashes(hashFile) : {}
  for (const workload of workloads) {
    const file = join(directory, workload.replace('/', '.'))
    if (!existsSync(file)) writeWhole(file, `${newToken()}\n`)
    chmodSync(file, 0o600)
    hashes[workload] = hashToken(readFileSync(file, 'utf8').trim())
  }
  writeWhole(hashFile, `${JSON.stringify(hashes, null, 2)}\n`)
}

function makeDirectory(path: string, mode: number): void {
  mkdirSync(path, { recursive: true, mode })
  chmodSync(path, mode)
}

/** Written beside and renamed, so that nobody reads half a key, not even after a crash. */
function writeWhole(path: string, content: string, mode = 0o600): void {
  writeFileSync(`${path}.new`, content, { mode })
  chmodSync(`${path}.new`, mode)
  renameSync(`${path}.new`, path)
}
