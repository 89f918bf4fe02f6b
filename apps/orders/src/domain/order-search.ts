/** What staff type to find an order: what a customer can tell them. Pure. */
import { z } from 'zod'

export type OrderSearch =
  | { readonly by: 'id'; readonly id: string }
  /** The last six digits, as pages and e-mails print them. */
  | { readonly by: 'short-id'; readonly shortId: string }
  | { readonly by: 'email'; readonly email: string }

/** Null where it is none of these. */
export function readOrderSearch(text: string): OrderSearch | null {
  const word = text.trim().toLowerCase()
  if (z.uuid().safeParse(word).success) return { by: 'id', id: word }
  const [, shortId] = /^#?([0-9a-f]{6})$/.exec(word) ?? []
  if (shortId !== undefined) return { by: 'short-id', shortId }
  return word.includes('@') ? { by: 'email', email: word } : null
}
