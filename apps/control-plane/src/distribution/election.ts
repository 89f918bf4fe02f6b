/** Leadership at work: keeps the lease, or waits for its end. Whoever leaves gives it back, so that the other one need not wait. */
import { headers } from '@nats-io/transport-node'
import type { Logger } from 'pino'
import { LEASE_MS, Leadership, RENEWAL_MS } from './leadership.ts'
import { isWrongSequence, type Storage } from './storage.ts'

const KEY = 'leader'
const SUBJECT = `$KV.control.${KEY}`

export interface ElectionOptions {
  readonly storage: Storage
  /** Replica name, `control-plane-1`. */
  readonly self: string
  readonly log: Logger
  readonly onLeading: () => void
}

export class Election {
  readonly #options: ElectionOptions
  readonly #leadership: Leadership
  #timer: NodeJS.Timeout | undefined
  #attempt: Promise<void> | null = null
  #stopWatch: () => void = () => undefined
  #leading = false
  #stopped = false

  private constructor(options: ElectionOptions) {
    this.#options = options
    this.#leadership = new Leadership(`${options.self}/${process.pid}/${Date.now()}`)
  }

  static async start(options: ElectionOptions): Promise<Election> {
    const election = new Election(options)
    await election.#watch()
    await election.#try()
    election.#timer = setInterval(() => void election.#try(), RENEWAL_MS)
    return election
  }

  get leads(): boolean {
    return this.#leadership.leads(Date.now())
  }

  /** Replica name of whoever leads; null while nobody does. */
  get leader(): string | null {
    return this.#leadership.holder?.split('/')[0] ?? null
  }

  /** Gives up what it holds. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearInterval(this.#timer)
    this.#stopWatch()
    await this.#attempt
    const held = this.leads ? this.#leadership.attempt() : null
    this.#leadership.lost()
    if (held === null) return
    const deletion = headers()
    deletion.set('KV-Operation', 'DEL')
    const options = { headers: deletion, expect: { lastSubjectSequence: held }, timeout: 500 }
    await this.#options.storage.js.publish(SUBJECT, '', options).catch((error: unknown) => {
      this.#options.log.warn({ err: error }, 'leadership could not be given back; it will expire')
    })
  }

  async #watch(): Promise<void> {
    const { storage, log } = this.#options
    const entries = await storage.control.watch({ key: KEY })
    this.#stopWatch = () => entries.stop()
    const follow = async (): Promise<void> => {
      for await (const entry of entries) {
        const holder = entry.operation === 'PUT' ? entry.string() : null
        if (this.#leadership.saw({ holder, revision: entry.revision })) void this.#try()
        this.#tell()
      }
    }
    follow().catch((error: unknown) => log.error({ err: error }, 'leadership is no longer watched'))
  }

  /** One at a time. */
  #try(): Promise<void> {
    this.#attempt ??= this.#tryOnce().finally(() => (this.#attempt = null))
    return this.#attempt
  }

  async #tryOnce(): Promise<void> {
    const replaced = this.#stopped ? null : this.#leadership.attempt()
    if (replaced !== null) {
      const asked = Date.now()
      try {
        const options = { ttl: `${LEASE_MS / 1_000}s`, expect: { lastSubjectSequence: replaced }, timeout: 1_000 }
        const { seq } = await this.#options.storage.js.publish(SUBJECT, this.#leadership.self, options)
        this.#leadership.won(seq, asked)
      } catch (error) {
        // Without an answer the lease may be renewed or not: it is believed in until its time.
        if (isWrongSequence(error)) this.#leadership.lost()
        else this.#options.log.warn({ err: error }, 'leadership could not be renewed; trying again')
      }
    }
    this.#tell()
  }

  #tell(): void {
    const { leads } = this
    if (leads === this.#leading) return
    this.#leading = leads
    this.#options.log.info({ leader: this.leader }, leads ? 'this replica leads' : 'this replica follows')
    if (leads) this.#options.onLeading()
  }
}
