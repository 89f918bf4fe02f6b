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
    const { count } = await tx.stockWarning.createMany({
      data: { id, ...warning, raisedAt: now },
      skipDuplicates: true,
    })
    if (count === 0) return false
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
    const rows = await this.database.stockWarning.findMany({
      where: open === undefined ? {} : { clearedAt: open ? null : { not: null } },
      orderBy: [{ raisedAt: 'desc' }, { id: 'desc' }],
      take: limit,
    })
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
