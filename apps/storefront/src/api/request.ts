/** One way to ask the shop: JSON in, JSON out, checked against the contract, failures in one closed set. */
import { Problem } from '@meshmart/contracts'
import { currentLanguage } from '../texts/language.tsx'
import { NoAnswer, ProblemAnswer, StrangeAnswer } from './failure.ts'

/** Longer than the gateway's own deadline, so that its problem arrives before we give up. */
const PATIENCE_MS = 20_000

type Schema<T> = { safeParse: (value: unknown) => { success: true; data: T } | { success: false; error: Error } }

type Ask = {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

/** Asks and reads the answer with `answer`. Throws ProblemAnswer, NoAnswer or StrangeAnswer; an abort of `signal` is thrown on as it is. */
export async function request<T>(path: string, answer: Schema<T>, ask: Ask = {}): Promise<T> {
  const response = await send(path, ask)
  const parsed = answer.safeParse(await readJson(response))
  if (!parsed.success) throw new StrangeAnswer(`${path}: ${parsed.error.message}`)
  return parsed.data
}

/** Asks where only success matters. */
export async function command(path: string, ask: Ask): Promise<void> {
  await send(path, ask)
}

/** A cookie that the shop no longer knows is taken away by that very answer and nothing was done: asked again, we are a new guest. */
async function send(path: string, ask: Ask): Promise<Response> {
  try {
    return await sendOnce(path, ask)
  } catch (error) {
    if (error instanceof ProblemAnswer && error.problem.code === 'invalid-session') return sendOnce(path, ask)
    throw error
  }
}

async function sendOnce(path: string, { method = 'GET', body, headers, signal }: Ask): Promise<Response> {
  const patience = AbortSignal.timeout(PATIENCE_MS)
  let response: Response
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers: {
        accept: 'application/json, application/problem+json',
        'accept-language': currentLanguage(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: signal ? AbortSignal.any([signal, patience]) : patience,
    })
  } catch (error) {
    if (signal?.aborted) throw error
    throw new NoAnswer(`${method} ${path}`, { cause: error })
  }
  if (response.ok) return response
  const problem = Problem.safeParse(await readJson(response))
  if (problem.success) throw new ProblemAnswer(problem.data)
  // Something between us and the shop answered in its place, such as a proxy that cannot reach it.
  if (response.status >= 502) throw new NoAnswer(`${method} ${path}: ${response.status}`)
  throw new StrangeAnswer(`${method} ${path}: ${response.status}`)
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json()
  } catch {
    return undefined // no schema accepts it, so the caller reports the answer as strange
  }
}
