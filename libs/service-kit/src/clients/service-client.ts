/**
 * How one service asks another: undici's `request` through the mesh, which routes, retries and encrypts (`fetch` would go the same way and take twice the time
 * for web streams that nobody needs here). What is left here is the meaning: an answer is checked with its schema, and a problem becomes the ProblemException
 * that it was over there.
 */
import { Problem, problemCatalogue, type ProblemCode } from '@meshmart/contracts'
import { currentRequest } from '@meshmart/sidecar'
import { request } from 'undici'
import type { z } from 'zod'
import { ProblemException } from '../http/problem-exception.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface ServiceCall<T extends z.ZodType> {
  /** Sent as JSON. */
  readonly body?: unknown
  /** Schema of the answer's body. */
  readonly answer: T
  readonly headers?: Readonly<Record<string, string>>
  /** Default 10 s; the caller's own deadline may end it earlier. */
  readonly timeoutMs?: number
}

/** An answer with what its head says. */
export interface Answered<T> {
  readonly body: T
  /** Milliseconds that whoever asks again should wait, where it was said (RFC 9110, 10.2.3). */
  readonly retryAfterMs: number | null
}

const defaultTimeoutMs = 10_000

export class ServiceClient {
  readonly #baseUrl: string

  /** `http://inventory`: the mesh's name of the service, never an address. */
  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl.replace(/\/$/, '')
  }

  /**
   * Throws a ProblemException: the other service's own, `upstream-unavailable` where it could not be reached or answered nonsense, `deadline-exceeded` where it
   * took too long. After the last two the outcome over there is not known.
   */
  async request<T extends z.ZodType>(method: Method, path: string, call: ServiceCall<T>): Promise<z.infer<T>> {
    return (await this.ask(method, path, call)).body
  }

  /** As `request`, with the head. */
  async ask<T extends z.ZodType>(method: Method, path: string, call: ServiceCall<T>): Promise<Answered<z.infer<T>>> {
    const what = `${method} ${this.#baseUrl}${path.split('?', 1)[0]}`
    const patience = new Patience(call.timeoutMs ?? defaultTimeoutMs, currentRequest()?.signal)
    let status: number
    let text: string
    let retryAfterMs: number | null
    try {
      const { statusCode, headers, body } = await request(`${this.#baseUrl}${path}`, {
        method,
        headers: {
          accept: 'application/json, application/problem+json',
          ...(call.body === undefined ? {} : { 'content-type': 'application/json' }),
          ...call.headers,
        },
        body: call.body === undefined ? null : JSON.stringify(call.body),
        signal: patience.signal,
      })
      status = statusCode
      retryAfterMs = millisecondsOf(headers['retry-after'])
      text = await body.text()
    } catch (error) {
      if (patience.timedOut) throw because('deadline-exceeded', `${what} took too long`, error)
      throw because('upstream-unavailable', `${what} could not be reached`, error)
    } finally {
      patience.end()
    }
    if (status < 200 || status > 299) throw problemFrom(what, status, text, retryAfterMs)
    const parsed = call.answer.safeParse(jsonOf(text))
    if (!parsed.success)
      throw because('upstream-unavailable', `${what} answered what its contract does not allow`, parsed.error)
    return { body: parsed.data, retryAfterMs }
  }
}

/** How long the caller waits: until the time is up, or until nobody waits for itself any more. */
class Patience {
  readonly #controller = new AbortController()
  readonly #timer: NodeJS.Timeout
  readonly #caller: AbortSignal | undefined
  timedOut = false

  constructor(timeoutMs: number, caller: AbortSignal | undefined) {
    this.#timer = setTimeout(() => {
      this.timedOut = true
      this.#controller.abort()
    }, timeoutMs)
    this.#caller = caller
    if (caller?.aborted === true) this.#abort()
    else caller?.addEventListener('abort', this.#abort)
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#caller?.removeEventListener('abort', this.#abort)
  }

  readonly #abort = (): void => this.#controller.abort()
}

/** Services say seconds; the other form, a date, is nobody's here. */
function millisecondsOf(retryAfter: string | string[] | undefined): number | null {
  return typeof retryAfter === 'string' && /^\d{1,6}$/.test(retryAfter) ? Number(retryAfter) * 1000 : null
}

function problemFrom(what: string, status: number, text: string, retryAfterMs: number | null): ProblemException {
  const problem = Problem.safeParse(jsonOf(text)).data
  if (!problem || !isProblemCode(problem.code)) {
    return new ProblemException(status === 504 ? 'deadline-exceeded' : 'upstream-unavailable', {
      detail: `${what} answered ${status}`,
    })
  }
  return new ProblemException(problem.code, {
    ...(problem.detail === undefined ? {} : { detail: problem.detail }),
    ...(problem.errors === undefined ? {} : { errors: problem.errors.map(({ field, code }) => ({ field, code })) }),
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
  })
}

const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(problemCatalogue, code)

function because(code: ProblemCode, detail: string, cause: unknown): ProblemException {
  const problem = new ProblemException(code, { detail })
  problem.cause = cause
  return problem
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // Whatever is no JSON fits no schema either, and that is what the caller reports.
    return undefined
  }
}
