/**
 * The character classes of RFC 9110 5.6.2 and 5.5 as one table: a look-up per character, and no two places that could disagree on what a token is.
 */
export const TOKEN = 1
export const FIELD_TEXT = 2
export const TARGET = 4
const HOST = 8
/** Indexed by character code. */
export const CLASSES = new Uint8Array(256)
for (let code = 0; code < 256; code++) {
  let of = 0
  if (/[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(code))) of |= TOKEN
  if (code === 9 || (code >= 0x20 && code !== 0x7f)) of |= FIELD_TEXT
  // Visible US-ASCII, without the fragment's sign: what else clients write, written-target.ts makes of it.
  if (code > 0x20 && code < 0x7f && code !== 0x23) of |= TARGET
  if (/[\w.~!$&'()*+,;=-]/.test(String.fromCharCode(code))) of |= HOST
  CLASSES[code] = of
}

export function isToken(text: string): boolean {
  if (text.length === 0) return false
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0xff || (CLASSES[code]! & TOKEN) === 0) return false
  }
  return true
}

/** No control character but the tabulator, and nothing that latin1 cannot say: written as latin1, U+010A would become a line feed. */
export function isFieldValue(text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code > 0xff || (CLASSES[code]! & FIELD_TEXT) === 0) return false
  }
  return true
}

/** @param lower the name in lower case */
export function sameName(text: string, from: number, lower: string): boolean {
  for (let index = 0; index < lower.length; index++) {
    const code = text.charCodeAt(from + index)
    const wanted = lower.charCodeAt(index)
    if (code !== wanted && (code < 65 || code > 90 || code + 32 !== wanted)) return false
  }
  return true
}

const IN_BRACKETS = /^\[(?:[0-9A-Fa-f:.]{2,45}|v[0-9A-Fa-f]+\.[\w.~!$&'()*+,;=:-]+)\](?::[0-9]{0,5})?$/
const WITH_ESCAPES = /^(?:[\w.~!$&'()*+,;=-]|%[0-9A-Fa-f]{2}){1,255}(?::[0-9]{0,5})?$/

/** RFC 3986 3.2.2 and 3.2.3: a name or an address, and perhaps a port. No user, no path; an empty one is none. */
export function isAuthority(text: string): boolean {
  const { length } = text
  let index = 0
  while (index < length && (CLASSES[text.charCodeAt(index)]! & HOST) !== 0) index++
  if (index === length) return length > 0 && length <= 255
  // Only what is rare pays for a regular expression.
  if (text.charCodeAt(index) !== 0x3a || index === 0) return IN_BRACKETS.test(text) || WITH_ESCAPES.test(text)
  if (index > 255 || length - index > 6) return false
  for (index++; index < length; index++) {
    const code = text.charCodeAt(index)
    if (code < 48 || code > 57) return false
  }
  return true
}

export function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

/** @returns text from `from` to `to` without blanks around it */
export function trimmed(text: string, from: number, to: number): string {
  while (from < to && isBlank(text.charCodeAt(from))) from++
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--
  return text.slice(from, to)
}
