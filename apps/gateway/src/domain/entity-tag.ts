/**
 * Two people, or two tabs, that edit the same thing: whoever sends back the tag of what they read (`If-Match`, RFC 9110 13.1.1) never overwrites a
 * change that they have not seen. A tag follows from the content alone, so no row has to count its versions.
 */
import { createHash } from 'node:crypto'

/** A strong entity tag of a JSON value. */
export const entityTagOf = (value: unknown): string =>
  `"${createHash('sha256').update(JSON.stringify(value)).digest('base64url').slice(0, 22)}"`

/** What must be there for a change to happen: anything at all, or one of these tags. */
export type Precondition = '*' | readonly string[]

const entityTag = /(?:W\/)?"[\x21\x23-\x7e\x80-\xff]*"/
const listOfTags = new RegExp(`^${entityTag.source}(?:[ \\t]*,[ \\t]*${entityTag.source})*$`)

/** Reads an `If-Match` field; null where it is not one. */
export function parseIfMatch(field: string): Precondition | null {
  const text = field.trim()
  if (text === '*') return '*'
  return listOfTags.test(text) ? text.match(new RegExp(entityTag, 'g'))! : null
}

/** Strong comparison: a weak tag never holds. */
export const holds = (precondition: Precondition | undefined, tag: string): boolean =>
  precondition === undefined || precondition === '*' || precondition.includes(tag)
