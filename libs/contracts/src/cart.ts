import { z } from 'zod'
import { Product, Quantity, Sku } from './catalogue.ts'
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

export const Cart = z.strictObject({ lines: z.array(CartLine), total: Money }).meta({ id: 'Cart' })
export type Cart = z.infer<typeof Cart>
