/**
 * The log's last line of defence: whatever reaches it, no card number, password, token or cookie leaves it. Keys are judged by name, and texts are
 * searched for digits that pass for a card number, because an error message may quote what it could not digest.
 */
import { passesLuhn } from '@meshmart/contracts'

const secretKey =
  /^(?:card|cardnumber|pan|number|cvc|cvv|password|passphrase|token|jointoken|cookie|setcookie|authorization|secret|sessionsecret|session)$/
const cardLike = /(?<![\w-])\d(?:[ -]?\d){11,18}(?![\w-])/g
const deepest = 8

/** The text with every card number replaced by its last four digits. */
export function redactText(text: string): string {
  return text.replace(cardLike, (match) => {
    const digits = match.replace(/[ -]/g, '')
    return passesLuhn(digits) ? `[card …${digits.slice(-4)}]` : match
  })
}

/** A copy that may be logged: secrets by key, card numbers by form, errors as type, message and stack. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactText(value)
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'object' || value === null) return value
  if (value instanceof Date) return value.toISOString()
  if (depth >= deepest) return '[too deep]'
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1))
  const fields = value instanceof Error ? describeError(value) : value
  return Object.fromEntries(
    Object.entries(fields).map(([key, item]) => [
      key,
      secretKey.test(key.replace(/[-_]/g, '').toLowerCase()) ? '[redacted]' : redact(item, depth + 1),
    ]),
  )
}

function describeError(error: Error): Record<string, unknown> {
  const { cause } = error
  return { type: error.name, message: error.message, stack: error.stack, ...(cause === undefined ? {} : { cause }) }
}
