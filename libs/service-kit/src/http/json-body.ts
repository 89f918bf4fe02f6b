/**
 * Bodies as RFC 8259 means them. `JSON.parse` is kinder than a shop may be: it takes broken UTF-8 for question marks, and of a name that comes twice it keeps
 * the last, so that a proxy or a log may have seen another quantity than the one that is charged. Both are refused.
 */
import type { FastifyInstance } from 'fastify'
import { ProblemException } from './problem-exception.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** Replaces Fastify's own parser for `application/json`; call it before any route is added. */
export function parseJsonStrictly(fastify: FastifyInstance): void {
  const parse = fastify.getDefaultJsonParser('error', 'error')
  fastify.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, bytes, done) => {
    let text: string
    try {
      text = utf8.decode(bytes)
    } catch {
      done(new ProblemException('invalid-json', { detail: 'the body is not UTF-8' }))
      return
    }
    void parse(request, text, (error, body) => {
      const field = error ? null : firstRepeatedName(text)
      if (field === null) done(error, body)
      else done(new ProblemException('invalid-request', { errors: [{ field, code: 'repeated' }] }))
    })
  })
}

/** Strings and structure; what stands between them cannot hold a name. */
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/g

/**
 * The dotted path of the first name that an object has twice, or null. Names are compared as they read: `"a"` and `"\u0061"` are one.
 * @param json valid JSON
 */
export function firstRepeatedName(json: string): string | null {
  const open: { names: Set<string> | null; at: string | number }[] = []
  let nameIsNext = false
  for (const [part] of json.matchAll(token)) {
    const inner = open.at(-1)
    if (part === '{') open.push({ names: new Set(), at: '' })
    else if (part === '[') open.push({ names: null, at: 0 })
    else if (part === '}' || part === ']') open.pop()
    else if (part === ',' && typeof inner?.at === 'number') inner.at++
    else if (nameIsNext && inner?.names && part !== ',') {
      inner.at = String(JSON.parse(part))
      if (inner.names.has(inner.at)) return open.map((level) => level.at).join('.')
      inner.names.add(inner.at)
    }
    nameIsNext = part === '{' || part === ','
  }
  return null
}
