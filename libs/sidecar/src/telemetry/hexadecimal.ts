/** Reads lower-case hexadecimal digits in place: identifiers of traces come with every request, and a match object for each would be thrown away. */

/** Whether `text` has lower-case hexadecimal digits, and not only zeros, from `from` to before `to`. */
export function isIdentifier(text: string, from: number, to: number): boolean {
  let seen = 0
  for (let index = from; index < to; index++) {
    const value = digit(text.charCodeAt(index))
    if (value < 0) return false
    seen |= value
  }
  return seen !== 0
}

/** Value of two lower-case hexadecimal digits at `at`; negative where they are none. */
export function byteAt(text: string, at: number): number {
  const high = digit(text.charCodeAt(at))
  const low = digit(text.charCodeAt(at + 1))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  return code >= 0x61 && code <= 0x66 ? code - 0x57 : -1
}
