/**
 * Staff change what the shop says of a product, what it costs, and whether it is for sale. Who comes second with an edition that is no longer the present one is told
 * and has changed nothing. What is held or sold already keeps the price of its reservation.
 */
import { type ProductEdit, StoredStaffProduct } from '@meshmart/contracts'
import { CLOCK, type Clock, Database, Outbox, ProblemException, type Transaction } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { becomesLow, differences } from '../domain/product-edit.ts'
import { type Edition, insertEdit, lockEdition, readEdits, writeEdition } from '../persistence/product-edit-rows.ts'
import { lockStock } from '../persistence/stock-rows.ts'
import { stockTransactionMs } from '../persistence/transaction.ts'
import { StockNews } from '../stock/stock-news.ts'
import { ProductSearch } from './product-search.ts'

/** Edits that are told of a product. */
const editsTold = 20

/** Which editions may be changed: any, or one of these versions. */
export type Editions = '*' | readonly number[]

@Injectable()
export class ProductEditing {
  constructor(
    private readonly database: Database,
    private readonly search: ProductSearch,
    private readonly outbox: Outbox,
    private readonly news: StockNews,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Throws ProblemException `not-found`. */
  async find(sku: string): Promise<StoredStaffProduct> {
    const [product, edits] = await Promise.all([
      this.search.staffProduct(sku),
      readEdits(this.database, sku, editsTold),
    ])
    return StoredStaffProduct.parse({ ...product, edits })
  }

  /** An edit by nothing makes no new edition, whatever was read before. Throws ProblemException `not-found`, and `precondition-failed` where the product is not of one of these editions. */
  async edit(actor: string, sku: string, edit: ProductEdit, editions: Editions): Promise<StoredStaffProduct> {
    await this.database.transaction(async (tx) => {
      const before = await lockEdition(tx, sku)
      if (!before) throw new ProblemException('not-found')
      const changes = differences(before.edit, edit)
      // First of all: an edit whose answer was lost is asked for again, and finds itself made (RFC 9110, 13.1.1).
      if (changes.length === 0) return
      if (editions !== '*' && !editions.includes(before.version)) throw new ProblemException('precondition-failed')
      const at = this.clock.now()
      const withdrawnAt = edit.forSale ? null : (before.withdrawnAt ?? at)
      const after = { version: before.version + 1, withdrawnAt, edit }
      await insertEdit(tx, { sku, version: after.version, actor, at, changes })
      await writeEdition(tx, sku, after)
      await this.#tell(tx, sku, before, after)
    }, stockTransactionMs)
    return this.find(sku)
  }

  async #tell(tx: Transaction, sku: string, before: Edition, after: Edition): Promise<void> {
    const { forSale, price, reorderPoint } = after.edit
    const data = { sku, version: after.version, price, forSale }
    this.outbox.append(tx, { type: 'product.changed', subject: sku, data })
    if (before.edit.reorderPoint === reorderPoint && before.edit.forSale === forSale) return
    const available = (await lockStock(tx, [{ sku }])).get(sku)!.available
    if (becomesLow(before.edit, after.edit, available)) await this.news.low(tx, { sku, available, reorderPoint })
  }
}
