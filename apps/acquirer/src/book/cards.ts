/** The vault. Number and security code end in `tokenise`: what is kept is what they mean, the last four digits, and a token. */
import { randomBytes } from 'node:crypto'
import type { Card, CardToken } from '@meshmart/contracts'
import type pg from 'pg'
import type { Clock } from '../clock.ts'
import type { KeptCard } from '../domain/decide.ts'
import { behaviourOf, brandOf } from '../domain/test-card-behaviour.ts'
import { statement } from '../statement.ts'

const KEEP = statement('keep_card', 'INSERT INTO card VALUES ($1, $2, $3, $4, $5, $6)')
const FIND = statement('find_card', 'SELECT behaviour, expiry FROM card WHERE token = $1')

export class Cards {
  readonly #pool: pg.Pool
  readonly #clock: Clock
  constructor(pool: pg.Pool, clock: Clock) {
    this.#pool = pool
    this.#clock = clock
  }

  async tokenise({ number, expiry }: Card): Promise<CardToken> {
    const token = `tok_${randomBytes(16).toString('hex')}`
    const kept = { token, brand: brandOf(number), last4: number.slice(-4), expiry }
    await this.#pool.query(KEEP(...Object.values(kept), behaviourOf(number), this.#clock()))
    return kept
  }

  async find(token: string): Promise<KeptCard | null> {
    const { rows } = await this.#pool.query<KeptCard>(FIND(token))
    return rows[0] ?? null
  }
}
