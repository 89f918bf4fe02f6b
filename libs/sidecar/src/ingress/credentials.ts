/**
 * Certificates of the public edge: a folder for each `credentialName`, with the files that a Kubernetes secret has. They are read when a Gateway first names
 * them, and again when they change on disk: by looking, because a mounted secret changes by a link that file watches do not see. What is broken is not
 * taken; what was good before goes on.
 */
import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import tls from 'node:tls'
import { certificatesIn } from '../identity/workload-identity.ts'
import { reasonOf, type SidecarLog } from '../log.ts'

export interface Credential {
  /** PEM, leaf first. */
  readonly certificateChain: string
  /** PEM. */
  readonly privateKey: string
  /** PEM, one certificate each: whose clients are let in with MUTUAL; empty without `ca.crt`. */
  readonly authorities: readonly string[]
}

const REREAD_MS = 1000
const FILES: readonly string[] = ['tls.crt', 'tls.key', 'ca.crt']
/** A name comes from a resource and becomes a part of a path. */
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/

interface KnownCredential {
  stamps: string
  credential: Credential | null
  /** Why the files as they are now cannot be used; null where they can. */
  problem: string | null
}

export class Credentials {
  readonly #directory: string | null
  readonly #changed: (name: string) => void
  readonly #log: SidecarLog
  readonly #known = new Map<string, KnownCredential>()
  readonly #timer: NodeJS.Timeout | null

  /** @param directory null where the deployment names none @param changed when there is another credential under a name */
  constructor(directory: string | null, log: SidecarLog, changed: (name: string) => void, rereadMs = REREAD_MS) {
    this.#directory = directory
    this.#changed = changed
    this.#log = log
    this.#timer = directory === null ? null : setInterval(() => this.#lookAgain(), rereadMs)
    this.#timer?.unref()
  }

  /** What is needed from now on. */
  use(names: ReadonlySet<string>): void {
    for (const name of this.#known.keys()) if (!names.has(name)) this.#known.delete(name)
    for (const name of names) {
      if (this.#known.has(name)) continue
      const known: KnownCredential = { stamps: '', credential: null, problem: null }
      this.#known.set(name, known)
      this.#read(name, known, this.#stampsOf(name))
    }
  }

  get(name: string): Credential | null {
    return this.#known.get(name)?.credential ?? null
  }

  /** Why there is none. */
  problemOf(name: string): string {
    return this.#known.get(name)?.problem ?? 'it was not read'
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  #lookAgain(): void {
    for (const [name, known] of this.#known) {
      const stamps = this.#stampsOf(name)
      if (stamps === known.stamps) continue
      const before = known.credential
      this.#read(name, known, stamps)
      if (known.credential === before) continue
      this.#log.info('ingress: credential read again', { credential: name })
      this.#changed(name)
    }
  }

  /** @param stamps taken before: a file that changes meanwhile is seen next time */
  #read(name: string, known: KnownCredential, stamps: string): void {
    known.stamps = stamps
    try {
      known.credential = this.#load(name)
      known.problem = null
    } catch (error) {
      known.problem = reasonOf(error)
      const goesOn = known.credential !== null
      this.#log.error('ingress: credential refused', { credential: name, reason: known.problem, goesOn })
    }
  }

  #load(name: string): Credential {
    if (this.#directory === null) throw new Error('INGRESS_CREDENTIALS_DIR is not set')
    if (!NAME.test(name)) throw new Error('it is no name of a folder')
    const read = (file: string): string => readFileSync(join(this.#directory ?? '', name, file), 'utf8')
    const certificateChain = read('tls.crt')
    const privateKey = read('tls.key')
    const authorities = this.#stampOf(name, 'ca.crt') === '-' ? null : certificatesIn(read('ca.crt'))
    if (authorities?.length === 0) throw new Error('ca.crt holds no certificate in PEM')
    const { validToDate } = new X509Certificate(certificateChain)
    if (validToDate.getTime() < Date.now()) throw new Error(`tls.crt has expired on ${validToDate.toISOString()}`)
    // Throws where the key is not the certificate's.
    tls.createSecureContext({ cert: certificateChain, key: privateKey, ca: [...(authorities ?? [])] })
    return { certificateChain, privateKey, authorities: authorities ?? [] }
  }

  #stampsOf(name: string): string {
    return NAME.test(name) ? FILES.map((file) => this.#stampOf(name, file)).join(' ') : ''
  }

  /** `-` where there is no such file. */
  #stampOf(name: string, file: string): string {
    try {
      const found = statSync(join(this.#directory ?? '', name, file), { throwIfNoEntry: false })
      return found === undefined ? '-' : `${found.ino}:${found.size}:${found.mtimeMs}`
    } catch (error) {
      // Reading it will fail for the same reason, and say so.
      return reasonOf(error)
    }
  }
}
