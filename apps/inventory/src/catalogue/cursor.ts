/**
 * Where a page ends. The cursor names the last product of the page (keyset pagination), so that a product that is added or sold out between two
 * pages neither repeats nor hides another. It is opaque to readers: base64url of `<position>:<sku>`, and of `<score>:<position>:<sku>` where the page is one of
 * a search, whose order begins with how well a product fits.
 */
import { Sku } from '@meshmart/contracts'

export interface CataloguePlace {
  readonly position: number
  readonly sku: string
  /** Of a search alone. */
  readonly score?: number
}

export const encodeCursor = ({ position, sku, score }: CataloguePlace): string =>
  Buffer.from(`${score === undefined ? '' : `${score}:`}${position}:${sku}`, 'latin1').toString('base64url')

/** The place that a cursor names, or undefined where it is none of ours. */
export function decodeCursor(cursor: string): CataloguePlace | undefined {
  const text = Buffer.from(cursor, 'base64url').toString('latin1')
  const [, score, position, sku] = /^(?:(\d{1,9}):)?(\d{1,9}):(.+)$/.exec(text) ?? []
  if (position === undefined || !Sku.safeParse(sku).success || sku === undefined) return undefined
  const place = { position: Number(position), sku, ...(score === undefined ? {} : { score: Number(score) }) }
  // Node decodes base64url leniently; only the text that we wrote ourselves is a cursor.
  return encodeCursor(place) === cursor ? place : undefined
}
