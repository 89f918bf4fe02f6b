/** Bytes of a resource are written in base64; what a snapshot carries is text. By hand, because neither node's nor the browser's own is in both. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The text behind base64 (RFC 4648), or null where it is no base64 or no UTF-8. */
export function textOfBytes(base64: string): string | null {
  const body = base64.replace(/={0,2}$/, '')
  if (!/^[A-Za-z0-9+/]*$/.test(body) || body.length % 4 === 1) return null
  const bytes: number[] = []
  let bits = 0
  let held = 0
  for (const character of body) {
    held = (held << 6) | ALPHABET.indexOf(character)
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes.push((held >> bits) & 0xff)
    held &= (1 << bits) - 1
  }
  try {
    return decodeURIComponent(bytes.map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join(''))
  } catch (error) {
    if (error instanceof URIError) return null
    throw error
  }
}
