/**
 * Which hosts there are, as seen from a namespace. Everything is looked up by the host's own text: a scan of all services for each destination
 * is what makes analysis of a large mesh slow.
 */
import { expandHost } from '../host.ts'

/** What analysis wants to know of a service or a host of a ServiceEntry. */
export interface KnownHost {
  readonly ports: readonly number[]
  /** Labels of who answers; empty where they are not known. */
  readonly selector: Readonly<Record<string, string>>
}

const EVERYWHERE = '*'

export class KnownHosts {
  readonly #exact = new Map<string, KnownHost>()
  /** `.example.com` of `*.example.com` */
  readonly #suffixes = new Map<string, { readonly scope: string; readonly host: KnownHost }[]>()

  /**
   * @param host as written in `namespace`; @param exportTo namespaces that see it, `.` for its own, all where it is empty
   */
  add(host: string, namespace: string, exportTo: readonly string[], known: KnownHost): void {
    const full = expandHost(host, namespace)
    for (const scope of scopesOf(exportTo, namespace)) {
      this.#exact.set(`${scope}/${full}`, known)
      if (!full.startsWith('*')) continue
      const suffix = full.slice(1)
      const before = this.#suffixes.get(suffix)
      if (before === undefined) this.#suffixes.set(suffix, [{ scope, host: known }])
      else before.push({ scope, host: known })
    }
  }

  /**
   * What a resource of `namespace` means by `host`.
   * @param exportTo of that resource: where it is exported to, the host may be known as well
   */
  find(host: string, namespace: string, exportTo: readonly string[]): KnownHost | null {
    const full = expandHost(host, namespace)
    const scopes = exportTo.length === 0 ? [namespace] : exportTo.map((to) => (to === '.' ? namespace : to))
    for (const scope of [EVERYWHERE, ...scopes]) {
      const found = this.#exact.get(`${scope}/${full}`)
      if (found !== undefined) return found
    }
    return this.#findBelowWildcard(host.toLowerCase(), namespace)
  }

  #findBelowWildcard(host: string, namespace: string): KnownHost | null {
    if (this.#suffixes.size === 0) return null
    const name = host.startsWith('*') ? host.slice(1) : host
    for (let start = 0; start <= name.length; start++) {
      const found = this.#suffixes.get(name.slice(start))?.find(({ scope }) => {
        return scope === EVERYWHERE || scope === namespace
      })
      if (found !== undefined) return found.host
    }
    return null
  }
}

/** Namespaces that a resource is exported to; `*` alone for all of them. */
export function scopesOf(exportTo: readonly string[] | undefined, namespace: string): string[] {
  if (exportTo === undefined || exportTo.length === 0 || exportTo.includes('*')) return [EVERYWHERE]
  return [...new Set(exportTo.map((to) => (to === '.' ? namespace : to)))]
}
