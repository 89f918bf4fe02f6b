/**
 * Where a page ends. The cursor names the last product of the page (keyset pagination), so that a product that is added or sold out between two
 * pages neither repeats nor hides another. It is opaque to readers: base64url of `<position>:<sku>`.
 */
import { Sku } from '@meshmart/contracts'

export interface CataloguePlace {
  readonly position: number
  readonly sku: string
}

export const encodeCursor = ({ position, sku }: CataloguePlace): string =>
  Buffer.from(`${position}:${sku}`, 'latin1').toString('base64url')

/** The place that a cursor names, or undefined where it is none of ours. */
export function decodeCursor(cursor: string): CataloguePlace | undefined {
  const [, position, sku] = /^(\d{1,9}):(.+)$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  if (position === undefined || !Sku.safeParse(sku).success || sku === undefined) return undefined
  const place = { position: Number(position), sku }
  // Node decodes base64url leniently; only the text that we wrote ourselves is a cursor.
  return encodeCursor(place) === cursor ? place : undefined
}
