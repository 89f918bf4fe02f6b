/** Hosts with and without wildcards and namespaces, as Gateways write them. */
import type { Of } from './context.ts'

/** Whether there is a name that both mean; either may begin with a wildcard. */
export function hostsMeet(a: string, b: string): boolean {
  const [suffixA, suffixB] = [suffixOf(a), suffixOf(b)]
  if (suffixA !== null && suffixB !== null) return suffixA.endsWith(suffixB) || suffixB.endsWith(suffixA)
  if (suffixA !== null) return b.endsWith(suffixA)
  return suffixB === null ? a === b : a.endsWith(suffixB)
}

const suffixOf = (host: string): string | null => (host.startsWith('*') ? host.slice(1) : null)

/** The hosts of a Gateway's servers that a VirtualService of `namespace` may speak for, without the namespace before the `/`. */
export function gatewayHostsFor({ namespace: home, spec }: Of<'Gateway'>, namespace: string): string[] {
  return (spec.servers ?? []).flatMap(({ hosts }) =>
    (hosts ?? []).flatMap((written) => {
      const slash = written.indexOf('/')
      if (slash === -1) return [written]
      const scope = written.slice(0, slash)
      const fits = scope === '*' || (scope === '.' ? home : scope) === namespace
      return fits ? [written.slice(slash + 1)] : []
    }),
  )
}
