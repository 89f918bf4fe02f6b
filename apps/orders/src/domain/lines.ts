/** Lines of an order and what they cost. Prices are known once inventory has answered; until then a line is only what was asked for. */
import {
  addMoney,
  SHOP_CURRENCY,
  timesMoney,
  zeroMoney,
  type LocalizedText,
  type Money,
  type OrderLine,
} from '@meshmart/contracts'

export interface OrderedItem {
  sku: string
  quantity: number
}

export interface PricedLine extends OrderedItem {
  name: LocalizedText
  unitPrice: Money
}

export function totalOf(lines: readonly PricedLine[]): Money {
  const first = lines[0]
  return lines.reduce(
    (sum, line) => addMoney(sum, timesMoney(line.unitPrice, line.quantity)),
    zeroMoney(first?.unitPrice.currency ?? SHOP_CURRENCY),
  )
}

export const isSameMoney = (one: Money, other: Money): boolean =>
  one.amount === other.amount && one.currency === other.currency

export const withLineTotal = (line: PricedLine, returned: number): OrderLine => ({
  sku: line.sku,
  quantity: line.quantity,
  name: line.name,
  unitPrice: line.unitPrice,
  lineTotal: timesMoney(line.unitPrice, line.quantity),
  returned,
})

/** What can be shown of an item that no product is known for: its SKU as its name, and no price. */
export const unpriced = ({ sku, quantity }: OrderedItem): PricedLine => ({
  sku,
  quantity,
  name: { en: sku, 'zh-CN': sku },
  unitPrice: zeroMoney(),
})
