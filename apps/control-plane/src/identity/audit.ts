/**
 * Who was given which certificate, and who was refused: the stream `AUDIT`, which nobody can rewrite. A certificate does not wait for it: whoever joins needs one
 * before NATS can be reached, so that what cannot be written yet waits here, within limits, and stands in the log in any case.
 */
import { AuditEntry } from '@meshmart/contracts'
import { DeliverPolicy, jetstreamManager, type JsMsg } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Logger } from 'pino'
import { AUDIT_STREAM, AUDIT_SUBJECT, type Storage } from '../distribution/storage.ts'

/** Kept at hand for questions. */
const AT_HAND = 5_000
const WAITING = 10_000
const RETRY_MS = 1_000

export interface AuditFilter {
  readonly identity?: string | undefined
  readonly event?: string | undefined
  readonly limit: number
}

export class Audit {
  readonly replica: string
  readonly #log: Logger
  readonly #entries: AuditEntry[] = []
  readonly #waiting: AuditEntry[] = []
  #storage: Storage | null = null
  #writing = false
  #timer: NodeJS.Timeout | undefined

  constructor(replica: string, log: Logger) {
    this.replica = replica
    this.#log = log
  }

  record(entry: Omit<AuditEntry, 'replica'>): void {
    const whole = { ...entry, replica: this.replica }
    const level = entry.event === 'issued' || entry.event === 'allowed' ? 'info' : 'warn'
    const { event, at: _at, ...rest } = entry
    this.#log[level]({ audit: `certificate-${event}`, ...rest }, `certificate ${event}`)
    this.#waiting.push(whole)
    if (this.#waiting.length > WAITING) {
      this.#waiting.shift()
      this.#log.error('the audit stream cannot be written: its oldest waiting entry stands in this log alone')
    }
    void this.#write()
  }

  /** The newest first. */
  list({ identity, event, limit }: AuditFilter): AuditEntry[] {
    const wanted = (entry: AuditEntry): boolean =>
      (identity === undefined || entry.identity === identity) && (event === undefined || entry.event === event)
    return this.#entries.filter(wanted).slice(-limit).toReversed()
  }

  /** How many replicas run on a certificate that is still good, by the one that signed it. @param now ms since 1970 */
  validByIssuer(now: number): Record<string, number> {
    const newest = new Map<string, AuditEntry>()
    for (const entry of this.#entries) {
      if (entry.event === 'issued') newest.set(`${entry.identity} ${entry.instance ?? ''}`, entry)
    }
    const valid: Record<string, number> = {}
    for (const { issuer = '', notAfter = '' } of newest.values()) {
      if (Date.parse(notAfter) > now) valid[issuer] = (valid[issuer] ?? 0) + 1
    }
    return valid
  }

  /** Reads the last ones and follows; the answer stops it. */
  async open(nc: NatsConnection, storage: Storage): Promise<() => void> {
    this.#storage = storage
    this.#entries.length = 0
    const { streams } = await jetstreamManager(nc)
    const { first_seq: first, last_seq: last } = (await streams.info(AUDIT_STREAM)).state
    const consumer = await storage.js.consumers.getPushConsumer(AUDIT_STREAM, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: Math.max(1, first, last - AT_HAND + 1),
    })
    const messages = await consumer.consume({ callback: (message: JsMsg) => this.#take(message) })
    void this.#write()
    return () => {
      messages.stop()
      this.#storage = null
      clearTimeout(this.#timer)
    }
  }

  #take(message: JsMsg): void {
    const parsed = AuditEntry.safeParse(message.json())
    if (!parsed.success) {
      this.#log.error({ sequence: message.seq }, 'audit entry cannot be read')
      return
    }
    this.#entries.push(parsed.data)
    if (this.#entries.length > AT_HAND) this.#entries.shift()
  }

  async #write(): Promise<void> {
    if (this.#writing || this.#storage === null) return
    this.#writing = true
    try {
      for (let entry = this.#waiting[0]; entry !== undefined; entry = this.#waiting[0]) {
        // The server drops what it has already: a write without an answer is simply sent again.
        const msgID = `${entry.replica} ${entry.at} ${entry.serialNumber ?? `${entry.event} ${entry.identity}`}`
        await this.#storage.js.publish(AUDIT_SUBJECT, JSON.stringify(entry), { msgID, timeout: 2_000 })
        this.#waiting.shift()
      }
    } catch (error) {
      this.#log.warn({ err: error, waiting: this.#waiting.length }, 'audit stream could not be written; trying again')
      clearTimeout(this.#timer)
      this.#timer = setTimeout(() => void this.#write(), RETRY_MS)
    } finally {
      this.#writing = false
    }
  }
}
