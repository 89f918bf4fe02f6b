/**
 * The client's address inside the mesh, where every hop is a peer that proved who it is: the last one that `x-forwarded-for` names, which the edge has written.
 * Envoy's rule for `use_remote_address: false` without trusted hops.
 */
import { isIP } from 'node:net'

/** @returns null where there is none, or where it is no address */
export function lastForwardedFor(field: string | undefined): string | null {
  if (field === undefined) return null
  const last = field.slice(field.lastIndexOf(',') + 1).trim()
  return isIP(last) === 0 ? null : last
}
