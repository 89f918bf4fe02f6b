/** Everything that the shop keeps about somebody, as one JSON text. Orders can be many, so they are fetched and written page by page. */
import { Readable } from 'node:stream'
import type { AccountExport } from '@meshmart/contracts'
import { CLOCK, type Clock, Database, ProblemException } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { CartLines } from '../cart/cart-lines.ts'
import { OwnOrders } from '../ordering/own-orders.ts'
import type { SignedInSession } from '../sessions/require-account.ts'
import { Addresses } from './addresses.ts'

const ORDERS_AT_ONCE = 50

interface SessionRow {
  readonly createdAt: Date
  readonly expiresAt: Date
}

@Injectable()
export class AccountExports {
  constructor(
    private readonly database: Database,
    private readonly addresses: Addresses,
    private readonly cartLines: CartLines,
    private readonly orders: OwnOrders,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** The text of an `AccountExport`. The first page of orders is there before it begins, so that a shop that is down is a problem and no half text. */
  async open(session: SignedInSession, language: string | undefined): Promise<Readable> {
    const first = await this.orders.list(session, { limit: ORDERS_AT_ONCE }, language)
    const begin = JSON.stringify({ ...(await this.#ownData(session)), orders: [] }).slice(0, -']}'.length)
    const { orders } = this
    async function* text(): AsyncGenerator<string> {
      yield begin
      let separator = ''
      for (let page = first; ;) {
        for (const order of page.items) {
          yield separator + JSON.stringify(order)
          separator = ','
        }
        if (page.nextCursor === null) break
        page = await orders.list(session, { limit: ORDERS_AT_ONCE, cursor: page.nextCursor }, language)
      }
      yield ']}'
    }
    return Readable.from(text(), { objectMode: false })
  }

  async #ownData({ account, customer }: SignedInSession): Promise<Omit<AccountExport, 'orders'>> {
    const [createdAt, sessions, { items }, cart] = await Promise.all([
      this.#madeAt(account.id),
      this.database.query<SessionRow>`
        SELECT "created_at" AS "createdAt", "expires_at" AS "expiresAt" FROM "session"
        WHERE "account_id" = ${account.id}::uuid ORDER BY "created_at"`,
      this.addresses.list(account.id, { limit: 100, after: null }),
      this.cartLines.read(customer),
    ])
    return {
      exportedAt: this.clock.now().toISOString(),
      account: { ...account, createdAt: createdAt.toISOString() },
      sessions: sessions.map((each) => ({
        createdAt: each.createdAt.toISOString(),
        expiresAt: each.expiresAt.toISOString(),
      })),
      addresses: items,
      cart,
    }
  }

  /** @throws ProblemException `invalid-session` where the account has been deleted since the request came */
  async #madeAt(accountId: string): Promise<Date> {
    const [row] = await this.database.query<{ createdAt: Date }>`
      SELECT "created_at" AS "createdAt" FROM "account" WHERE "id" = ${accountId}::uuid`
    if (row === undefined) throw new ProblemException('invalid-session')
    return row.createdAt
  }
}
