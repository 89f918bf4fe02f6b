/**
 * SPIFFE identities in the form that Istio gives them: `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`. Strict, because
 * authorisation stands on it: whatever is not exactly of this form is nobody.
 * Source: SPIFFE ID specification, sections 2.1 and 2.2 (characters, 255 and 2,048 bytes).
 */

export interface SpiffeId {
  readonly trustDomain: string
  readonly namespace: string
  readonly account: string
}

const FORM = /^spiffe:\/\/([a-z0-9._-]{1,255})\/ns\/([A-Za-z0-9._-]+)\/sa\/([A-Za-z0-9._-]+)$/

/** Null where the text is no SPIFFE id of Istio's form. */
export function parseSpiffeId(text: string): SpiffeId | null {
  if (text.length > 2048) return null
  const [, trustDomain, namespace, account] = FORM.exec(text) ?? []
  if (trustDomain === undefined || namespace === undefined || account === undefined) return null
  if (isDots(namespace) || isDots(account)) return null
  return { trustDomain, namespace, account }
}

/** @throws RangeError that names the part which does not fit */
export function formatSpiffeId(id: SpiffeId): string {
  const text = `spiffe://${id.trustDomain}/ns/${id.namespace}/sa/${id.account}`
  if (parseSpiffeId(text) === null) {
    const { trustDomain, namespace, account } = id
    throw new RangeError(`not a SPIFFE id: trust domain ${trustDomain}, namespace ${namespace}, account ${account}`)
  }
  return text
}

/** What AuthorizationPolicy calls a principal: the id without `spiffe://`. */
export function principalOf(spiffeId: string): string {
  return spiffeId.startsWith('spiffe://') ? spiffeId.slice('spiffe://'.length) : spiffeId
}

function isDots(segment: string): boolean {
  return segment === '.' || segment === '..'
}
