/**
 * What an e-mail says (RFC 5322), as far as somebody wants to look at it: the fields that people know, and the text where it is plain. What it is made of stays as
 * it came, so that nothing depends on how well this reads.
 */
import { readBody, readWords } from './words.ts'

export interface Message {
  /** With its angle brackets; empty where there is none. */
  readonly messageId: string
  readonly from: string
  readonly to: string
  readonly subject: string
  /** Null where it is not plain text in a charset that is known. */
  readonly text: string | null
}

export function readMessage(source: Buffer): Message {
  const end = source.indexOf('\r\n\r\n')
  const fields = fieldsOf(source.subarray(0, end === -1 ? source.length : end).toString('utf8'))
  const body = end === -1 ? Buffer.alloc(0) : source.subarray(end + 4)
  const [type = '', ...parameters] = (fields.get('content-type') ?? 'text/plain').split(';').map((part) => part.trim())
  const charset = parameters.map((part) => /^charset="?([^"]+)"?$/i.exec(part)?.[1]).find((each) => each !== undefined)
  const encoding = (fields.get('content-transfer-encoding') ?? '7bit').trim().toLowerCase()
  return {
    messageId: (fields.get('message-id') ?? '').trim(),
    from: readWords(fields.get('from') ?? ''),
    to: readWords(fields.get('to') ?? ''),
    subject: readWords(fields.get('subject') ?? ''),
    text: type.toLowerCase() === 'text/plain' ? readBody(body, encoding, charset ?? 'utf-8') : null,
  }
}

/** By name in lower case, unfolded; of a field that comes twice the first. */
function fieldsOf(head: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const line of head.replace(/\r\n(?=[ \t])/g, '').split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon < 1) continue
    const name = line.slice(0, colon).toLowerCase()
    if (!fields.has(name)) fields.set(name, line.slice(colon + 1).trim())
  }
  return fields
}
