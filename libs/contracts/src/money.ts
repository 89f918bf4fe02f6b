import { z } from 'zod'

/** The only currency of the demo shop (ISO 4217). */
export const SHOP_CURRENCY = 'EUR'

/** Money in minor units (cents) with its ISO 4217 currency; never a float, so that sums are exact. */
export const Money = z
  .strictObject({
    amount: z.int().min(-1_000_000_000_000).max(1_000_000_000_000),
    currency: z.string().regex(/^[A-Z]{3}$/),
  })
  .meta({ id: 'Money' })
export type Money = z.infer<typeof Money>

export const zeroMoney = (currency: string = SHOP_CURRENCY): Money => ({ amount: 0, currency })

/** Adds two amounts; throws a RangeError when their currencies differ. */
export function addMoney(a: Money, b: Money): Money {
  if (a.currency !== b.currency) throw new RangeError(`cannot add ${b.currency} to ${a.currency}`)
  return { amount: a.amount + b.amount, currency: a.currency }
}

/** Multiplies by a whole number; throws a RangeError for a fraction. */
export function timesMoney(money: Money, factor: number): Money {
  if (!Number.isSafeInteger(factor)) throw new RangeError(`factor ${factor} is not a whole number`)
  return { amount: money.amount * factor, currency: money.currency }
}

/** Formats for a reader's locale (BCP 47), with the number of decimals that the currency has. */
export function formatMoney(money: Money, locale: string): string {
  const format = new Intl.NumberFormat(locale, { style: 'currency', currency: money.currency })
  return format.format(money.amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2))
}
