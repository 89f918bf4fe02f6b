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

/** A label of RFC 1123, as Istio understands it: in any case. */
export function isDnsLabel(text: string): boolean {
  return text.length <= 63 && /^[A-Za-z0-9](?:[-A-Za-z0-9]*[A-Za-z0-9])?$/.test(text)
}

/** Why a text is no host, or null where it is one. */
export function hostProblem(host: string, wildcardAllowed = false): string | null {
  if (wildcardAllowed) return wildcardHostProblem(host)
  if (host.startsWith('*')) return 'must be one host, without a wildcard'
  return lengthProblem(host) ?? labelsProblem(host.split('.'))
}

/** Istio's API also lets a star stand before the first label's own letters: `*-a.example.com`. */
function wildcardHostProblem(host: string): string | null {
  const [first = '', ...rest] = host.split('.')
  const bare = first === '*' ? 'any' : first.replace(/^\*-?/, '')
  const problem = lengthProblem(host)
  if (problem !== null) return problem
  if (first.length > 63 || !isDnsLabel(bare)) {
    return first.slice(1).includes('*') || rest.some((label) => label.includes('*')) ? WILDCARD_ONCE : noLabel(first)
  }
  return rest.length === 0 ? null : labelsProblem(rest)
}
const WILDCARD_ONCE = 'may have a wildcard only as its first label, such as *.example.com'

function lengthProblem(host: string): string | null {
  if (host === '') return 'must not be empty'
  return host.length > 255 ? 'must not be longer than 255 characters' : null
}

function labelsProblem(labels: readonly string[]): string | null {
  const last = labels.at(-1) ?? ''
  if (/^[-+]?\d+$/.test(last)) return `must not end in a number: ${JSON.stringify(last)} is no top level domain`
  // `example.com.` says that nothing is to be appended.
  const named = last === '' && labels.length > 1 ? labels.slice(0, -1) : labels
  const broken = named.find((label) => !isDnsLabel(label))
  if (broken === undefined) return null
  return broken.includes('*') ? WILDCARD_ONCE : noLabel(broken)
}

function noLabel(label: string): string {
  return `must be a DNS name such as my-service or myapp.example.com; ${JSON.stringify(label)} is no label of one`
}
