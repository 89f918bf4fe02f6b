/** The address book of an account. Where it has any address, exactly one of them is the default. */
import { z } from 'zod'
import { Address } from './order.ts'

/** An account keeps no more addresses than this. */
export const MOST_ADDRESSES = 20

/** Body of `POST /account/addresses` and `PUT /account/addresses/{id}`. `isDefault` can only be said of the one that becomes it. */
export const AddressEntry = Address.extend({ isDefault: z.literal(true).exactOptional() }).meta({ id: 'AddressEntry' })
export type AddressEntry = z.infer<typeof AddressEntry>

export const SavedAddress = Address.extend({ id: z.uuid(), isDefault: z.boolean() }).meta({ id: 'SavedAddress' })
export type SavedAddress = z.infer<typeof SavedAddress>

export const AddressPage = z
  .strictObject({ items: z.array(SavedAddress), nextCursor: z.string().nullable() })
  .meta({ id: 'AddressPage' })
export type AddressPage = z.infer<typeof AddressPage>
