/**
 * What the products of a cart cost when its owner last saw it, kept in this browser, so that a price that has changed since is said and not only shown. Pure: the
 * server alone knows what something costs, and no order is placed from here.
 */
import type { Cart, LocalizedText, Money } from '@meshmart/contracts'

/** By SKU, in minor units. */
export type ShownPrices = ReadonlyMap<string, number>
export type PriceChange = { sku: string; name: LocalizedText; before: Money; after: Money }

export const pricesOf = (cart: Cart): ShownPrices =>
  new Map(cart.lines.map(({ product }) => [product.sku, product.price.amount]))

/** What is remembered once this cart is shown: something new at its price, something that is not in it any more not at all, and everything else as it was seen first; also what is not sold just now. */
export const shownWith = (cart: Cart, shown: ShownPrices): ShownPrices =>
  new Map([
    ...cart.gone.flatMap(({ sku }) => (shown.has(sku) ? [[sku, shown.get(sku)!] as const] : [])),
    ...[...pricesOf(cart)].map(([sku, amount]) => [sku, shown.get(sku) ?? amount] as const),
  ])

export const priceChanges = (cart: Cart, shown: ShownPrices): PriceChange[] =>
  cart.lines.flatMap(({ product: { sku, name, price } }) => {
    const amount = shown.get(sku) ?? price.amount
    return amount === price.amount ? [] : [{ sku, name, before: { ...price, amount }, after: price }]
  })

/** Whether both carts ask for the same things at the same prices: then whoever has seen one knows the other. */
export const isSameOffer = (one: Cart, other: Cart): boolean => offerOf(one) === offerOf(other)

const offerOf = ({ lines, gone }: Cart): string =>
  JSON.stringify([
    lines.map(({ product, quantity }) => [product.sku, quantity, product.price.amount, product.price.currency]),
    gone.map(({ sku }) => sku),
  ])

/** As it is kept: `MUG-DAWN=1800 PEN-BRASS=8800`. */
export const writePrices = (shown: ShownPrices): string =>
  [...shown].map(([sku, amount]) => `${sku}=${amount}`).join(' ')

/** What is not of that form is left out: somebody else may have written it. */
export const readPrices = (kept: string | null): ShownPrices =>
  new Map(
    [...(kept ?? '').matchAll(/(?<=^| )([A-Z0-9-]{1,40})=(\d{1,12})(?=$| )/g)].map(([, sku, amount]) => [
      sku!,
      Number(amount),
    ]),
  )
