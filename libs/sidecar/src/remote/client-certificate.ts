/** Who called, as the sidecar process tells it: Envoy's `x-forwarded-client-cert`, of which the last element is the hop to this workload. */
import { parseSpiffeId, principalOf } from '@meshmart/mesh-policy'

/** @param field as it came. @returns the caller's principal without `spiffe://`; null where none is named */
export function principalInClientCert(field: string | undefined): string | null {
  if (field === undefined) return null
  // Neither separator can stand in a SPIFFE id; a quoted value with one of them in it names nobody.
  const element = field.slice(field.lastIndexOf(',') + 1)
  for (const pair of element.split(';')) {
    const [key = '', value = ''] = pair.trim().split('=', 2)
    if (key.toLowerCase() !== 'uri') continue
    const uri = value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value
    return parseSpiffeId(uri) === null ? null : principalOf(uri)
  }
  return null
}
