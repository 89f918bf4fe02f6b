/**
 * Host names in Istio resources. A short name means the service of that name in the resource's own namespace; anything with a dot is taken as
 * it stands, as Istio does; `*` and `*.suffix` are wildcards.
 */

export const CLUSTER_DOMAIN = 'svc.cluster.local'

/** `my-service` in `default` → `my-service.default.svc.cluster.local` */
export function expandHost(host: string, namespace: string): string {
  return host.includes('.') || host.startsWith('*')
    ? host.toLowerCase()
    : `${host.toLowerCase()}.${namespace}.${CLUSTER_DOMAIN}`
}

/** Why a text is no host, or null where it is one. */
export function hostProblem(host: string, wildcardAllowed: boolean): string | null {
  if (host === '*') return wildcardAllowed ? null : 'must be one host, not *'
  if (host.startsWith('*') && !wildcardAllowed) return 'must be one host, without a wildcard'
  const name = host.startsWith('*.') ? host.slice(2) : host
  if (name.includes('*')) return 'may have a wildcard only as its first label, such as *.example.com'
  if (name.length > 253) return 'must not be longer than 253 characters'
  const broken = name.split('.').find((label) => !/^[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/.test(label))
  if (broken === undefined) return null
  return `must be a DNS name such as my-service or myapp.example.com; ${JSON.stringify(broken)} is no label of one`
}
