import { z } from 'zod'
import { Product, Quantity, Sku } from './catalogue.ts'
import { LocalizedText } from './language.ts'
import { Money } from './money.ts'

export const CartItem = z.strictObject({ sku: Sku, quantity: Quantity }).meta({ id: 'CartItem' })
export type CartItem = z.infer<typeof CartItem>

/** Lines with one SKU each: the same SKU twice is ambiguous. */
export const cartItems = z
  .array(CartItem)
  .max(50)
  .refine((items) => new Set(items.map((item) => item.sku)).size === items.length, {
    params: { code: 'duplicate-sku' },
  })

export const CartUpdate = z.strictObject({ items: cartItems }).meta({ id: 'CartUpdate' })
export type CartUpdate = z.infer<typeof CartUpdate>

export const CartLine = z
  .strictObject({ product: Product, quantity: Quantity, lineTotal: Money })
  .meta({ id: 'CartLine' })
export type CartLine = z.infer<typeof CartLine>

/** Something that was put into the cart and is no longer sold. It costs nothing and cannot be ordered; the next change of the cart leaves it out. */
export const GoneLine = z.strictObject({ sku: Sku, name: LocalizedText, quantity: Quantity }).meta({ id: 'GoneLine' })
export type GoneLine = z.infer<typeof GoneLine>

export const Cart = z
  .strictObject({ lines: z.array(CartLine), total: Money, gone: z.array(GoneLine) })
  .meta({ id: 'Cart' })
export type Cart = z.infer<typeof Cart>
