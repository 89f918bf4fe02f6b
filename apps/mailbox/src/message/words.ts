/** Words that are not ASCII, as header fields and bodies carry them: encoded words (RFC 2047), quoted-printable and base64 (RFC 2045). */

const ENCODED_WORD = /=\?([\w-]+)(?:\*[\w-]+)?\?([BbQq])\?([^?\s]*)\?=/g

/** A field's value in the characters that were meant. A charset that nobody here knows leaves the word as it came. */
export function readWords(value: string): string {
  // White space between two encoded words is not part of the text (RFC 2047, 6.2).
  return value
    .replace(/(\?=)\s+(?==\?)/g, '$1')
    .replace(ENCODED_WORD, (word, charset: string, encoding: string, text: string) => {
      const bytes =
        encoding.toUpperCase() === 'B' ? Buffer.from(text, 'base64') : fromQuotedPrintable(text.replaceAll('_', ' '))
      return inCharset(bytes, charset) ?? word
    })
}

/** @param encoding `Content-Transfer-Encoding` @returns null for a charset that nobody here knows */
export function readBody(body: Buffer, encoding: string, charset: string): string | null {
  switch (encoding) {
    case 'base64':
      return inCharset(Buffer.from(body.toString('latin1'), 'base64'), charset)
    case 'quoted-printable':
      return inCharset(fromQuotedPrintable(body.toString('latin1').replace(/=[ \t]*\r?\n/g, '')), charset)
    default:
      return inCharset(body, charset)
  }
}

const fromQuotedPrintable = (text: string): Buffer =>
  Buffer.from(
    text.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    'latin1',
  )

function inCharset(bytes: Buffer, charset: string): string | null {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return null // a RangeError: there is no such charset
  }
}
