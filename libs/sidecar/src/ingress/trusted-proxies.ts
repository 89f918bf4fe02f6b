/**
 * Who a request comes from where proxies stand before the edge, such as a load balancer: each of them writes the address of who came to it behind the others in
 * `X-Forwarded-For`. So many as the mesh configuration names (`gatewayTopology.numTrustedProxies`) are believed, and nobody before them.
 * Source: Envoy's `use_remote_address` with `xff_num_trusted_hops`.
 */
import { isIP } from 'node:net'

export interface Forwarded {
  /** Null where nobody is believed, or the proxies have not said it: then it is who the connection comes from. */
  readonly client: string | null
  /** `X-Forwarded-Proto` of a trusted proxy; null where there is none. */
  readonly scheme: 'http' | 'https' | null
  /** What stood in `X-Forwarded-For`: goes on where proxies are trusted. */
  readonly chain: string | null
}

const NOBODY: Forwarded = { client: null, scheme: null, chain: null }

/** @param forwardedFor all lines of the field, joined by commas */
export function forwardedBy(
  trustedProxies: number,
  forwardedFor: string | undefined,
  forwardedProto: string | undefined,
): Forwarded {
  if (trustedProxies === 0) return NOBODY
  const addresses = (forwardedFor ?? '')
    .split(',')
    .map((each) => each.trim())
    .filter((each) => each !== '')
  const client = addresses.at(-trustedProxies) ?? null
  const scheme = forwardedProto?.toLowerCase()
  return {
    client: client !== null && addresses.length >= trustedProxies && isIP(client) !== 0 ? client : null,
    scheme: scheme === 'http' || scheme === 'https' ? scheme : null,
    chain: addresses.length === 0 ? null : addresses.join(', '),
  }
}
