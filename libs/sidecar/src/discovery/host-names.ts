/** What a caller's short name may mean. The control plane has the last word; this is the guess that works while it is away. */

/**
 * @param host as the caller wrote it, in lower case, without port
 * @returns the full host that it most likely stands for
 */
export function expandHost(host: string, namespace: string, trustDomain: string): string {
  const suffix = `.svc.${trustDomain}`
  if (host.endsWith(suffix)) return host
  if (host.endsWith('.svc')) return `${host}.${trustDomain}`
  const dots = host.split('.').length - 1
  if (dots === 0) return `${host}.${namespace}${suffix}`
  // One dot: `service.namespace`. A public name with one dot, `example.com`, has no such key, and the control plane then says what it is.
  return dots === 1 && !/^[0-9.]+$/.test(host) ? `${host}${suffix}` : host
}

/** Istio's split of a host into service and namespace; a host outside the mesh is its own name. */
export function serviceOf(host: string): { name: string; namespace: string } {
  const parts = host.split('.')
  return parts[2] === 'svc'
    ? { name: parts[0] ?? host, namespace: parts[1] ?? 'unknown' }
    : { name: host, namespace: 'unknown' }
}
