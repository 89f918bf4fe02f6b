/**
 * Tells the merchant what happened, until it says that it has heard: each attempt is signed anew, with the time at which it is made. A merchant that stays away is
 * asked less and less often, and gets everything when it is back; the same event may come twice.
 */
import { ACQUIRER_SIGNATURE_HEADER, type AcquirerEvent } from '@meshmart/contracts'
import { type Log, wordsOf } from '@meshmart/contracts/log'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import { statement } from '../statement.ts'
import { post } from './post.ts'
import { signatureOf } from './signature.ts'

const BATCH = 20
const TIMEOUT_MS = 3_000
const LONGEST_PAUSE_SECONDS = 60
const KEPT_DAYS = 7

/**
 * Put off before they are sent: where this process dies meanwhile, they are due again later. The pause grows from 2 s. Times are rounded to the millisecond, so what was
 * written down just now may stand half of one ahead.
 */
const TAKE_DUE = statement(
  'take_due_webhooks',
  `UPDATE webhook SET attempts = attempts + 1,
     due_at = clock_timestamp() + make_interval(secs => least(2 ^ least(attempts + 1, 10), $2))
   WHERE id IN (SELECT id FROM webhook WHERE delivered_at IS NULL AND due_at <= clock_timestamp() + interval '1 ms'
                ORDER BY due_at LIMIT $1 FOR UPDATE SKIP LOCKED)
   RETURNING id, type, charge, at`,
)
const DELIVERED = statement(
  'webhooks_delivered',
  'UPDATE webhook SET delivered_at = clock_timestamp() WHERE id = ANY($1)',
)

export interface WebhookSettings {
  readonly url: string
  readonly secret: string
}
interface Due {
  readonly id: string
  readonly type: AcquirerEvent['type']
  readonly charge: string
  readonly at: Date
}

export class WebhookSender {
  readonly #pool: pg.Pool
  readonly #settings: WebhookSettings
  readonly #clock: Clock
  readonly #log: Log
  constructor(pool: pg.Pool, settings: WebhookSettings, clock: Clock, log: Log) {
    this.#pool = pool
    this.#settings = settings
    this.#clock = clock
    this.#log = log
  }

  /** Sends what is due; answers how many there were. */
  async send(): Promise<number> {
    const { rows } = await this.#pool.query<Due>(TAKE_DUE(BATCH, LONGEST_PAUSE_SECONDS))
    const heard = await Promise.all(rows.map((due) => this.#tell(due)))
    const delivered = rows.filter((_, index) => heard[index]).map(({ id }) => id)
    if (delivered.length > 0) await this.#pool.query(DELIVERED(delivered))
    return rows.length
  }

  async forgetOld(): Promise<void> {
    await this.#pool.query(`DELETE FROM webhook WHERE delivered_at < clock_timestamp() - make_interval(days => $1)`, [
      KEPT_DAYS,
    ])
  }

  async #tell({ id, type, charge, at }: Due): Promise<boolean> {
    const event: AcquirerEvent = {
      specversion: '1.0',
      id,
      source: 'acquirer',
      type,
      subject: charge,
      time: at.toISOString(),
    }
    const body = JSON.stringify(event)
    try {
      const headers = {
        'content-type': 'application/cloudevents+json',
        [ACQUIRER_SIGNATURE_HEADER]: signatureOf(this.#settings.secret, body, this.#clock()),
      }
      const status = await post(new URL(this.#settings.url), headers, body, TIMEOUT_MS)
      if (status >= 200 && status < 300) return true
      this.#log.write('warn', 'the merchant refused a webhook', { id, type, status })
    } catch (error) {
      this.#log.write('warn', 'the merchant did not hear a webhook', { id, type, error: wordsOf(error) })
    }
    return false
  }
}
