/**
 * One way to ask the shop. Paths, parameters and answers are those of its OpenAPI document, from which `npm run build` generates the types; what comes back
 * is checked against the contract once more, because a page may be older than the shop that answers it. Failures are one closed set.
 */
import { Problem } from '@meshmart/contracts'
import createClient from 'openapi-fetch'
import type { paths } from '../generated/api.ts'
import { currentLanguage } from '../texts/language.tsx'
import { NoAnswer, ProblemAnswer, StrangeAnswer } from './failure.ts'

/** Longer than the gateway's own deadline, so that its problem arrives before we give up. */
const PATIENCE_MS = 20_000

export const shop = createClient<paths>({ fetch: askTwiceForStrangers })

type Schema<T> = { safeParse: (value: unknown) => { success: true; data: T } | { success: false; error: Error } }
/** What the generated client answers. */
type Asked<T> = Promise<{ data?: T; error?: unknown; response: Response }>
export type Answer<T> = { value: T; entityTag: string | null }

/** Reads the answer as `schema`. Throws ProblemAnswer, NoAnswer or StrangeAnswer; an abort is thrown on as it is. */
export async function answerOf<T>(schema: Schema<T>, asked: Asked<T>): Promise<T> {
  return (await taggedAnswerOf(schema, asked)).value
}

/** The answer together with its `ETag`, for a later `If-Match`. */
export async function taggedAnswerOf<T>(schema: Schema<T>, asked: Asked<T>): Promise<Answer<T>> {
  const { data, response } = await success(asked)
  const parsed = schema.safeParse(data)
  if (!parsed.success) throw new StrangeAnswer(`${response.url}: ${parsed.error.message}`)
  return { value: parsed.data, entityTag: response.headers.get('etag') }
}

/** Asks where only success matters. */
export async function done(asked: Asked<unknown>): Promise<void> {
  await success(asked)
}

async function success<T>(asked: Asked<T>): Promise<{ data: T | undefined; response: Response }> {
  const { data, error, response } = await asked.catch((error: unknown) => {
    // The generated client reads JSON; an answer that says 200 and is none is not the shop's.
    throw error instanceof SyntaxError ? new StrangeAnswer(error.message) : error
  })
  if (response.ok) return { data, response }
  const problem = Problem.safeParse(error)
  if (problem.success) throw new ProblemAnswer(problem.data)
  // Something between us and the shop answered in its place, such as a proxy that cannot reach it.
  if (response.status >= 502) throw new NoAnswer(`${response.url}: ${response.status}`)
  throw new StrangeAnswer(`${response.url}: ${response.status}`)
}

/** A cookie that the shop no longer knows is taken away by that very answer and nothing was done: asked again, we are a new guest. */
async function askTwiceForStrangers(request: Request): Promise<Response> {
  request.headers.set('accept', 'application/json, application/problem+json')
  request.headers.set('accept-language', currentLanguage())
  const again = request.clone()
  const response = await send(request)
  return response.status === 401 && (await isInvalidSession(response.clone())) ? send(again) : response
}

async function send(request: Request): Promise<Response> {
  try {
    return await fetch(request, { signal: AbortSignal.any([request.signal, AbortSignal.timeout(PATIENCE_MS)]) })
  } catch (error) {
    if (request.signal.aborted) throw error
    throw new NoAnswer(`${request.method} ${request.url}`, { cause: error })
  }
}

async function isInvalidSession(response: Response): Promise<boolean> {
  const problem = Problem.safeParse(await response.json().catch(() => undefined))
  return problem.success && problem.data.code === 'invalid-session'
}
