/**
 * What must exist before anything of the mesh can start: the authority, one join token per workload, NATS's certificate and the trust bundle.
 * It runs before every start, so it only adds what is missing; server certificates are issued anew, because they cost nothing and age.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AuthorityFiles, makeDirectory, writeWhole } from './authority-files.ts'
import { certificatePem, createIssuing, createLeaf, createRoot, type Issuer } from './certificates.ts'
import { hashToken, newToken, readTokenHashes, type TokenHashes } from './join-tokens.ts'
import { generateKeyPair, privateKeyPem } from './keys.ts'
import { OPERATOR } from './operator.ts'
import { ensureOutsider } from './outsider.ts'
import { rotateRoot, type RotationStep } from './root-rotation.ts'
import { ACQUIRER_HOST, MAILBOX_HOST } from '@meshmart/contracts'
import { formatSpiffeId } from '@meshmart/mesh-policy'

const DAY_MS = 86_400_000
/** An issuing certificate with less left is replaced at the next start, long before a workload could notice. */
const ISSUING_SPARE_MS = 30 * DAY_MS
const NATS_LIFE_MS = 90 * DAY_MS

/** Who gets a join token: the services, and whoever may change the configuration. */
const workloads = [
  'meshmart/gateway',
  'meshmart/orders',
  'meshmart/payments',
  'meshmart/inventory',
  'default/my-service',
  OPERATOR,
]

export interface InitOptions {
  readonly directory: string
  /** What the authority's keys are sealed with; `DIR/ca-secret/key` where it is not given. */
  readonly secretFile?: string
  /** Names and addresses under which NATS is reached, beside localhost and 127.0.0.1. */
  readonly hosts: readonly string[]
  readonly trustDomain: string
  readonly now: number
  readonly rotate?: RotationStep
}

/** Writes what is missing below `directory` (docs/architecture.md, "Identity"). @throws WrongStep */
export async function initialise(options: InitOptions): Promise<void> {
  const { directory, hosts, trustDomain, now, rotate } = options
  const [ca, tokens, nats, open] = ['ca', 'tokens', 'nats', 'public'].map((name) => join(directory, name)) as [
    string,
    string,
    string,
    string,
  ]
  const secretFile = options.secretFile ?? join(directory, 'ca-secret/key')
  // Others may pass through to public/, and through to nothing else.
  mkdirSync(directory, { recursive: true, mode: 0o755 })
  for (const folder of [ca, tokens, nats, dirname(secretFile)]) makeDirectory(folder, 0o700)
  makeDirectory(open, 0o755)

  const files = AuthorityFiles.create(ca, secretFile)
  for (const name of ['root.key', 'issuing.key']) if (files.isInTheClear(name)) files.sealKey(name, files.readKey(name))
  await ensureRoot(files, trustDomain, now)
  if (rotate !== undefined) await rotateRoot(files, rotate, trustDomain, now)
  const issuing = await ensureIssuing(files, trustDomain, now)
  const trustBundle = files.read('root.pem')
  writeWhole(join(open, 'root.pem'), trustBundle, 0o644)
  await writeNats(nats, hosts, issuing, trustDomain, now)
  writeWhole(join(nats, 'ca.pem'), trustBundle, 0o644)
  await ensureOutsider(directory, { name: 'acquirer', host: ACQUIRER_HOST }, now)
  await ensureOutsider(directory, { name: 'mailbox', host: MAILBOX_HOST }, now)
  writeTokens(tokens, join(ca, 'token-hashes.json'))
}

async function ensureRoot(files: AuthorityFiles, trustDomain: string, now: number): Promise<void> {
  if (files.has('root.key') !== files.has('root.pem')) {
    throw new Error(
      `${files.directory}: root.key and root.pem belong together, but one is missing; restore it, or remove both`,
    )
  }
  if (files.has('root.key')) return
  const keys = await generateKeyPair()
  await files.writeKey('root.key', keys)
  files.write('root.pem', certificatePem(await createRoot(keys, trustDomain, now)))
}

/** One that the present root has signed and that is good for a while. */
async function ensureIssuing(files: AuthorityFiles, trustDomain: string, now: number): Promise<Issuer> {
  const root = await files.root()
  if (files.has('issuing.key') && files.has('issuing.pem')) {
    const issuing = await files.issuing()
    const ofThisRoot = await issuing.certificate.verify({
      publicKey: root.certificate.publicKey,
      signatureOnly: true,
    })
    if (ofThisRoot && issuing.certificate.notAfter.getTime() - now > ISSUING_SPARE_MS) return issuing
  }
  const keys = await generateKeyPair()
  const certificate = await createIssuing(keys, root, trustDomain, now)
  await files.writeKey('issuing.key', keys)
  files.write('issuing.pem', certificatePem(certificate))
  return { certificate, key: keys.privateKey }
}

async function writeNats(
  directory: string,
  hosts: readonly string[],
  issuing: Issuer,
  trustDomain: string,
  now: number,
): Promise<void> {
  const keys = await generateKeyPair()
  const leaf = {
    uri: formatSpiffeId({ trustDomain, namespace: 'meshmart-system', account: 'nats' }),
    hosts: [...new Set([...hosts, 'localhost', '127.0.0.1'])],
    commonName: 'nats',
    lifeMs: NATS_LIFE_MS,
  }
  const server = await createLeaf(keys.publicKey, issuing, leaf, now)
  writeWhole(join(directory, 'server.key'), await privateKeyPem(keys.privateKey))
  writeWhole(join(directory, 'server.pem'), certificatePem(server) + certificatePem(issuing.certificate))
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
