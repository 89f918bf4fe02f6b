/**
 * Request targets as people and careless clients write them: with letters of their own language, or with a fragment. Both have one meaning only: the bytes of
 * UTF-8 are percent-encoded (RFC 3987 3.1), and a fragment is no part of what is asked for (RFC 3986 3.5). That is done before anybody decides by the target,
 * and what goes on is plain ASCII, so that whoever stands behind us reads what was decided about. RFC 9112 3.2 warns of such repairs, because a filter before
 * us may have read the bytes another way; the mesh's own all stand behind this. Envoy refuses a fragment by default, and cuts it off where it is told to.
 */
import { isUtf8 } from 'node:buffer'
import { CLASSES, TARGET } from './grammar.ts'
import { ProtocolError } from './limits.ts'

const HASH = 0x23
const OUTSIDE_ASCII = 0x80

/** Whether a byte may stand in a target that is written so. */
export function isWritten(code: number): boolean {
  return code === HASH || code >= OUTSIDE_ASCII || (CLASSES[code]! & TARGET) !== 0
}

/** @param target latin1, its characters the bytes that came @throws ProtocolError */
export function plainTarget(method: string, target: string): string {
  if (method === 'CONNECT') throw new ProtocolError(400, 'CONNECT without host and port')
  const hash = target.indexOf('#')
  const asked = hash === -1 ? target : target.slice(0, hash)
  const bytes = Buffer.from(asked, 'latin1')
  if (!isUtf8(bytes)) throw new ProtocolError(400, 'the request target has bytes outside of ASCII that are no UTF-8')
  return asked.replaceAll(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`)
}
