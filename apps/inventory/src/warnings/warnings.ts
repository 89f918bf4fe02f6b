/** Warnings of stock that is about to be gone. Raising one is one row, and only who has made the row also makes the e-mail: one warning, one e-mail. */
import { randomUUID } from 'node:crypto'
import { StockWarningList } from '@meshmart/contracts'
import { Database, MailOutbox, SETTINGS, type Transaction } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { inAbout } from '../domain/forecast.ts'
import type { InventorySettings } from '../settings.ts'

export interface NewWarning {
  readonly sku: string
  readonly kind: 'low' | 'running-out'
  readonly available: number
  readonly soldOutAt: Date | null
}

interface WarningRow extends NewWarning {
  readonly id: string
  readonly raisedAt: Date
  readonly clearedAt: Date | null
}

@Injectable()
export class Warnings {
  constructor(
    private readonly database: Database,
    private readonly mail: MailOutbox,
    @Inject(SETTINGS) private readonly settings: Pick<InventorySettings, 'STOCK_WARNING_RECIPIENT'>,
  ) {}

  /** False where one of this kind is open already. */
  async raise(tx: Transaction, warning: NewWarning, now: Date): Promise<boolean> {
    const id = randomUUID()
    const { sku, kind, available, soldOutAt } = warning
    const raised = await tx.execute`
      INSERT INTO "stock_warning" ("id", "sku", "kind", "available", "sold_out_at", "raised_at")
      VALUES (${id}::uuid, ${sku}, ${kind}, ${available}, ${soldOutAt}, ${now}) ON CONFLICT DO NOTHING`
    if (raised === 0) return false
    const words = wordsOf(warning, now)
    await this.mail.append(tx, {
      dueFor: `stock-warning/${id}`,
      recipient: this.settings.STOCK_WARNING_RECIPIENT,
      ...words,
    })
    return true
  }

  /** Newest first. */
  async list(open: boolean | undefined, limit: number): Promise<StockWarningList> {
    const rows = await this.database.query<WarningRow>`
      SELECT "id", "sku", "kind", "available", "sold_out_at" AS "soldOutAt", "raised_at" AS "raisedAt", "cleared_at" AS "clearedAt"
      FROM "stock_warning" WHERE ${open ?? null}::bool IS NULL OR ("cleared_at" IS NULL) = ${open ?? null}::bool
      ORDER BY "raised_at" DESC, "id" DESC LIMIT ${limit}`
    const items = rows.map(({ soldOutAt, raisedAt, clearedAt, ...row }) => ({
      ...row,
      soldOutAt: soldOutAt?.toISOString() ?? null,
      raisedAt: raisedAt.toISOString(),
      clearedAt: clearedAt?.toISOString() ?? null,
    }))
    return StockWarningList.parse({ items })
  }
}

function wordsOf({ sku, available, soldOutAt }: NewWarning, now: Date): { subject: string; body: string } {
  const left = available === 1 ? '1 piece' : `${available} pieces`
  if (soldOutAt === null) {
    return {
      subject: `Low stock: ${sku}, ${left} left`,
      body: `${sku} has fallen to its reorder point: ${left} can still be sold.\nOrder more of it in the back office, under Stock.\n`,
    }
  }
  return {
    subject: `${sku} will be sold out ${inAbout(soldOutAt, now)}`,
    body: `${sku} sells faster than usual: at this rate the last of ${left} will be gone ${inAbout(soldOutAt, now)}.\nOrder more of it in the back office, under Stock.\n`,
  }
}
