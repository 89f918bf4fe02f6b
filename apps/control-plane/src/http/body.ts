/** Reads a JSON body within a limit and checks it against its schema; what is wrong is named by field. */
import type { IncomingMessage } from 'node:http'
import { z } from 'zod'
import type { ConfigFile } from '../config/folder.ts'
import { HttpProblem } from './problem.ts'

export async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>, maxBytes: number): Promise<T> {
  if (typeOf(request) !== 'application/json') throw new HttpProblem('unsupported-media-type')
  return checked(schema, parseJson(await collect(request, maxBytes)))
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.slice(0, 20).map((issue) => ({
    field: issue.path.join('.'),
    code: issue.code === 'invalid_type' ? 'type' : issue.code === 'unrecognized_keys' ? 'unknown' : 'format',
    message: issue.message,
  }))
  throw new HttpProblem('invalid-request', { errors })
}

const RESOURCES = ['application/yaml', 'application/json', 'text/yaml', 'application/x-yaml']

/** Several files at once, so that each problem has the place that its author knows. */
const FILES = 'application/vnd.meshmart.files+json'
const Files = z.array(z.strictObject({ name: z.string().min(1).max(1_024), text: z.string() })).min(1)

/** A body of resources: YAML or JSON, or several files of them. @param name of a body that is one file */
export async function readResources(
  request: IncomingMessage,
  name: string,
  maxBytes: number,
): Promise<readonly ConfigFile[]> {
  const type = typeOf(request)
  if (type !== FILES && !RESOURCES.includes(type)) {
    throw new HttpProblem('unsupported-media-type', { detail: `Send ${[...RESOURCES, FILES].join(' or ')}.` })
  }
  const bytes = await collect(request, maxBytes)
  if (type === FILES) return checked(Files, parseJson(bytes))
  try {
    return [{ name, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }]
  } catch {
    throw new HttpProblem('invalid-request', { detail: 'The body is not UTF-8 text.' })
  }
}

const typeOf = (request: IncomingMessage): string => {
  const [type = ''] = (request.headers['content-type'] ?? '').split(';')
  return type.trim().toLowerCase()
}

async function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new HttpProblem('body-too-large', { detail: `At most ${maxBytes} bytes are read.` })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new HttpProblem('invalid-json', { detail: (error as Error).message })
  }
}
