import { z } from 'zod'
import { Account } from './account.ts'
import { CartItem } from './cart.ts'
import { Order } from './order.ts'
import { SavedAddress } from './saved-address.ts'

/** `GET /account/export`: everything that the shop keeps about the owner of an account. */
export const AccountExport = z
  .strictObject({
    exportedAt: z.iso.datetime(),
    account: Account.extend({ createdAt: z.iso.datetime() }).meta({ id: 'ExportedAccount' }),
    /** When and until when somebody is or was signed in; not the secrets that open these sessions. */
    sessions: z.array(z.strictObject({ createdAt: z.iso.datetime(), expiresAt: z.iso.datetime() })),
    addresses: z.array(SavedAddress),
    cart: z.array(CartItem),
    /** Also those that were placed as a guest before signing in; newest first. */
    orders: z.array(Order),
  })
  .meta({ id: 'AccountExport' })
export type AccountExport = z.infer<typeof AccountExport>
