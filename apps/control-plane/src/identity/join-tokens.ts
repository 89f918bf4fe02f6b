/**
 * Join tokens: how a workload proves itself the first time. Only their hashes are kept here, so reading the state directory is not enough to
 * join the mesh. The token names its workload; a caller cannot choose.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { dnsLabel } from './dns-label.ts'

export interface Workload {
  readonly namespace: string
  readonly account: string
}

const label = dnsLabel.source.slice(1, -1)
const TokenHashes = z.record(
  z.string().regex(new RegExp(`^${label}/${label}$`), 'must be <namespace>/<account>'),
  z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal'),
)
export type TokenHashes = z.infer<typeof TokenHashes>

/** 256 random bits: a plain hash is enough, nothing could be guessed. */
export const newToken = (): string => randomBytes(32).toString('base64url')
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex')

export function readTokenHashes(file: string): TokenHashes {
  const parsed = TokenHashes.safeParse(JSON.parse(readFileSync(file, 'utf8')))
  if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`)
  return parsed.data
}

export class JoinTokens {
  readonly workloads: readonly Workload[]
  readonly #entries: readonly { workload: Workload; hash: Buffer }[]

  constructor(hashes: TokenHashes) {
    this.#entries = Object.entries(hashes).map(([name, hash]) => {
      const [namespace = '', account = ''] = name.split('/')
      return { workload: { namespace, account }, hash: Buffer.from(hash, 'hex') }
    })
    this.workloads = this.#entries.map((entry) => entry.workload)
  }

  /** The workload that a token stands for, or null. Compares with every entry, so that the time says nothing. */
  identify(token: string): Workload | null {
    const hash = createHash('sha256').update(token).digest()
    let found: Workload | null = null
    for (const entry of this.#entries) if (timingSafeEqual(entry.hash, hash)) found = entry.workload
    return found
  }
}
