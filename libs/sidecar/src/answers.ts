/** The answers that the mesh gives itself: problem details (RFC 9457) with Envoy's flag, and the refusal in Envoy's own words. */
import { RBAC_DENIED_BODY, RESPONSE_FLAGS, type ResponseFlag } from '@meshmart/mesh-policy'
import type { Answer } from './stack.ts'

/** @param reason in words; told to the caller, who is inside the mesh @param status where it is not the flag's own */
export function problem(
  flag: ResponseFlag | null,
  reason: string,
  status = flag?.status ?? 503,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  const body = JSON.stringify({
    type: 'about:blank',
    title: flag?.words ?? reason,
    status,
    detail: reason,
    code: flag === null ? 'mesh-unavailable' : `mesh-${flag.code.toLowerCase()}`,
  })
  return {
    kind: 'answer',
    status,
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

/** What authorisation refuses. The caller learns no more than Envoy tells; the log names the policy. */
export function accessDenied(reason: string): Answer {
  return {
    kind: 'answer',
    status: 403,
    headers: { 'content-type': 'text/plain', 'content-length': String(RBAC_DENIED_BODY.length) },
    body: RBAC_DENIED_BODY,
    flag: RESPONSE_FLAGS.UAEX,
    reason,
  }
}
