/**
 * What a sidecar process says to the sidecar of the caller when its application gave no answer: RFC 9209's `Proxy-Status`, with the error type that the RFC has
 * for it. To the caller it then is as if it had met the application itself: a connection that was refused, of which nothing was sent, or one that broke. Between
 * two sidecars alone, over mTLS (ADR 13): whoever stands outside never sees it, and what an application writes is not believed.
 */

export const PROXY_STATUS = 'proxy-status'
/** Of an answer that carries it. */
export const PROXY_STATUS_CODE = 503

/** RFC 9209, 2.3.7 and 2.3.8. Refused: no connection came about, so that not a byte of the request reached the application. */
export type AppError = 'connection_refused' | 'connection_terminated'

const MEMBER = /^"([a-z0-9-]+)"; error=(connection_refused|connection_terminated)$/

export function proxyStatus(instance: string, error: AppError): string {
  return `"${instance}"; error=${error}`
}

/**
 * @param field as it came from a peer whose identity is proven
 * @param instance that was called: what another one said of itself, and somebody passed on, is no news of this one
 */
export function reportedBy(instance: string, field: string | undefined): AppError | null {
  if (field === undefined) return null
  const [, by, error] = MEMBER.exec(field) ?? []
  return by === instance ? (error as AppError) : null
}
