/** A JSON body, read with a limit and checked with its schema. What is wrong is named by its field and never quoted: it may be a card number. */
import type http from 'node:http'
import type { z } from 'zod'
import { Refusal } from './answer.ts'

const LARGEST_BYTES = 16 * 1024

export async function bodyOf<T extends z.ZodType>(request: http.IncomingMessage, schema: T): Promise<z.infer<T>> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > LARGEST_BYTES) throw new Refusal('body-too-large')
    chunks.push(chunk)
  }
  let json: unknown
  try {
    json = JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new Refusal('invalid-json')
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(({ path }) => ({ field: path.join('.'), code: 'invalid' }))
  throw new Refusal('invalid-request', undefined, fields)
}
