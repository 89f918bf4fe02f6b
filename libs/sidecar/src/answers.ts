/** The answers that the mesh gives itself: problem details (RFC 9457) with Envoy's flag, and the refusal in Envoy's own words. */
import { RBAC_DENIED_BODY, RESPONSE_FLAGS, type ResponseFlag } from '@meshmart/mesh-policy'
import { publicProblem, type Language, type MeshProblemCode } from './problem-catalogue.ts'
import type { Answer } from './stack.ts'

type FlagCode = keyof typeof RESPONSE_FLAGS
const isFlagCode = (code: string): code is FlagCode => code in RESPONSE_FLAGS

/** @param reason in words; told to the caller, who is inside the mesh @param status where it is not the flag's own */
export function problem(
  flag: ResponseFlag | null,
  reason: string,
  status = flag?.status ?? 503,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const code: MeshProblemCode =
    flag !== null && isFlagCode(flag.code) ? `mesh-${lower(flag.code)}` : ('mesh-unavailable' as const)
  const body = JSON.stringify({
    type: `/problems/${code}`,
    title: flag?.words ?? reason,
    status,
    detail: reason,
    code,
  })
  return answer(status, code, body, flag, reason, headers)
}

/**
 * What is wrong with the HTTP itself: the connection closes after it, because where the next request begins is anybody's guess.
 * @param reason for the log alone @param headers beside those of every problem
 */
export function protocolError(
  status: number,
  code: MeshProblemCode,
  reason: string,
  language: Language,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const body = publicProblem(code, status, language, null)
  return answer(status, code, body, RESPONSE_FLAGS.DPE, reason, { ...headers, connection: 'close' })
}

/** What the mesh says to its own services, said to somebody outside: no names of replicas, no addresses, the reader's own language. */
export function forOutside(said: Answer, language: Language, traceId: string | null): Answer {
  if (said.code === null) return said
  const body = publicProblem(said.code, said.status, language, traceId)
  return {
    ...said,
    headers: { ...said.headers, 'content-length': String(Buffer.byteLength(body)), 'content-language': language },
    body,
  }
}

/** A limit of the mesh is reached. The field tells callers that trying again at once makes it worse; Envoy sets it too. */
export function overflow(reason: string): Answer {
  return problem(RESPONSE_FLAGS.UO, reason, 503, { 'x-envoy-overloaded': 'true' })
}

/** Text that a route itself says: a redirect, a direct response, an injected fault. Not a problem of anybody's. */
export function routeAnswer(
  status: number,
  body: string,
  headers: Readonly<Record<string, string>>,
  flag: ResponseFlag | null,
  reason: string,
): Answer {
  const length: Record<string, string> = hasNoLength(status)
    ? {}
    : { 'content-length': String(Buffer.byteLength(body)) }
  return { kind: 'answer', status, code: null, headers: { ...length, ...headers }, body, flag, reason }
}

/** RFC 9110, 8.6: with these a Content-Length must not be sent. */
function hasNoLength(status: number): boolean {
  return status < 200 || status === 204 || status === 304
}

/** What authorisation refuses. The caller learns no more than Envoy tells; the log names the policy. */
export function accessDenied(reason: string): Answer {
  return {
    kind: 'answer',
    status: 403,
    code: null,
    headers: { 'content-type': 'text/plain', 'content-length': String(RBAC_DENIED_BODY.length) },
    body: RBAC_DENIED_BODY,
    flag: RESPONSE_FLAGS.UAEX,
    reason,
  }
}

function answer(
  status: number,
  code: MeshProblemCode,
  body: string,
  flag: ResponseFlag | null,
  reason: string,
  headers: Readonly<Record<string, string>>,
): Answer {
  return {
    kind: 'answer',
    status,
    code,
    headers: {
      'content-type': 'application/problem+json',
      'content-length': String(Buffer.byteLength(body)),
      ...headers,
    },
    body,
    flag,
    reason,
  }
}

function lower<T extends string>(text: T): Lowercase<T> {
  return text.toLowerCase() as Lowercase<T>
}
