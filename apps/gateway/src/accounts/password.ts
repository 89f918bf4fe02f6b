/**
 * Passwords by argon2id (RFC 9106) from node's own OpenSSL. A hash is meant to be expensive, so there is a queue before it: node has four
 * pool threads for everything, and a burst of sign-ins must not take the ones that read files for all other readers. A full queue is an
 * honest "too many requests" instead of a process that answers nobody.
 */
import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

type Cost = { memory: number; passes: number; parallelism: number }
/** OWASP's recommendation for argon2id: 19 MiB, two passes, one lane. */
const COST: Cost = { memory: 19_456, passes: 2, parallelism: 1 }
const TAG_BYTES = 32
const CONCURRENT = 2
const QUEUE_LIMIT = 100

const derive = promisify(argon2)

/** More passwords are waiting to be hashed than will be in a reasonable time. */
export class PasswordQueueFull extends Error {
  constructor() {
    super(`${QUEUE_LIMIT} passwords are waiting already`)
  }
}

/** @returns a PHC string: algorithm, cost, salt and tag, so that the cost can be raised later without a migration */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const tag = await tagOf(password, salt, COST)
  return `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${base64(salt)}$${base64(tag)}`
}

/**
 * @param hash the account's PHC string, or null where there is no such account: the same work is done, so that the time taken does not tell
 *   which e-mails have an account
 */
export async function verifyPassword(password: string, hash: string | null): Promise<boolean> {
  const { cost, salt, tag } = parsePhc(hash ?? NOBODY)
  const same = timingSafeEqual(await tagOf(password, salt, cost), tag)
  return same && hash !== null
}

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/
const base64 = (bytes: Buffer): string => bytes.toString('base64').replace(/=+$/, '')
const NOBODY = `$argon2id$v=19$m=${COST.memory},t=${COST.passes},p=${COST.parallelism}$${base64(randomBytes(16))}$${base64(randomBytes(TAG_BYTES))}`

function parsePhc(hash: string): { cost: Cost; salt: Buffer; tag: Buffer } {
  const [, memory, passes, parallelism, salt, tag] = PHC.exec(hash) ?? []
  if (tag === undefined || salt === undefined) throw new Error('a stored password hash is not an argon2id PHC string')
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    salt: Buffer.from(salt, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  }
}

let running = 0
const waiting: (() => void)[] = []

async function tagOf(password: string, salt: Buffer, cost: Cost): Promise<Buffer> {
  if (running >= CONCURRENT) {
    if (waiting.length >= QUEUE_LIMIT) throw new PasswordQueueFull()
    await new Promise<void>((resolve) => waiting.push(resolve))
  } else running++
  try {
    // NFKC, because one password can be typed as different code points on different keyboards (RFC 8265).
    return await derive('argon2id', { message: password.normalize('NFKC'), nonce: salt, tagLength: TAG_BYTES, ...cost })
  } finally {
    const next = waiting.shift()
    if (next) next()
    else running--
  }
}
