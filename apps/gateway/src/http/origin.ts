/**
 * Cross-site request forgery: besides the cookie's SameSite=Lax, a browser says where a writing request comes from, and it must be this shop.
 * Programs that are no browsers send neither field; they have no other site's cookies to abuse.
 */
import type { IncomingHttpHeaders } from 'node:http'

export function isForeignOrigin(headers: IncomingHttpHeaders): boolean {
  const { origin, host, 'sec-fetch-site': site } = headers
  if (origin === undefined) return site !== undefined && site !== 'same-origin' && site !== 'none'
  return !URL.canParse(origin) || host === undefined || new URL(origin).host !== withoutDefaultPort(host)
}

/** An origin leaves the default port of its scheme out; some clients put it into `Host` all the same. */
const withoutDefaultPort = (host: string): string => host.toLowerCase().replace(/:(80|443)$/, '')
