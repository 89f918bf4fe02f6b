/**
 * Principals across trust domains. Where a mesh moves from one trust domain to another, a policy that names either means both: `trustDomainAliases` of the mesh
 * configuration. `cluster.local` always stands for the mesh's own, whatever that is. Source: pilot/pkg/security/trustdomain/bundle.go.
 */
import type { PreparedModel } from './model.ts'

const LOCAL = 'cluster.local'

/** The mesh's own first. */
export function trustDomainsOf({
  trustDomain,
  meshConfig,
}: Pick<PreparedModel, 'trustDomain' | 'meshConfig'>): string[] {
  return [...new Set([trustDomain, ...(meshConfig.trustDomainAliases ?? [])])]
}

/** Each principal for every trust domain of the mesh, where it names one of them. */
export function withAliases(principals: readonly string[], domains: readonly string[]): string[] {
  return [...new Set(principals.flatMap((principal) => aliasesOf(principal, domains)))]
}

function aliasesOf(principal: string, domains: readonly string[]): string[] {
  const slash = principal.indexOf('/')
  // `*`, `*/ns/x/sa/y` and the like ask for no trust domain.
  const domain = slash === -1 ? '' : principal.slice(0, slash)
  if (domain === '' || domain === '*') return [principal]
  const isSuffix = domain.startsWith('*')
  const fits = (known: string) => (isSuffix ? known.endsWith(domain.slice(1)) : known === domain)
  if (domain !== LOCAL && !domains.some(fits)) return [principal]
  return domains.map((known) => (isSuffix && fits(known) ? principal : `${known}${principal.slice(slash)}`))
}
