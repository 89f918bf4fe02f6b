/**
 * What node's own parser lets pass and our codec does not (or makes plain first), for the ends that are served by node: both placements must take and refuse
 * the same requests, and whoever stands behind must read them as we did.
 */
import type { IncomingMessage } from 'node:http'
import { protocolError } from './answers.ts'
import { hostFieldError } from './host-field.ts'
import { ProtocolError } from './http1/limits.ts'
import { codingsBeforeChunked } from './http1/transfer-coding.ts'
import { plainTarget } from './http1/written-target.ts'
import type { Language } from './problem-catalogue.ts'
import type { Answer } from './stack.ts'

/** Makes the target of `request` plain, in place. @returns the refusal; null where the head is well formed */
export function headError(request: IncomingMessage, language: Language): Answer | null {
  const host = hostFieldError(request)
  if (host !== null) return protocolError(400, 'mesh-host', host, language)
  const error = framingError(request) ?? targetError(request)
  return error === null ? null : protocolError(error.status, 'mesh-dpe', error.reason, language)
}

function framingError({ headers }: IncomingMessage): ProtocolError | null {
  const coding = headers['transfer-encoding']
  if (coding === undefined) return null
  const before = codingsBeforeChunked(coding)
  return typeof before === 'string' ? null : before
}

/** Node's parser takes visible ASCII alone: of what clients write otherwise only the fragment comes this far. */
function targetError(request: IncomingMessage): ProtocolError | null {
  const { url = '/', method = 'GET' } = request
  if (!url.includes('#')) return null
  try {
    request.url = plainTarget(method, url)
    return null
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
}
