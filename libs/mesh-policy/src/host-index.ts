/**
 * Hosts and wildcards, found without a walk over all of them: an exact host by one look-up, a wildcard by the suffixes of the host, and of suffixes
 * only the lengths that there are. Ten thousand hosts cost as much as ten.
 */

export class HostIndex<T> {
  readonly #exact = new Map<string, T[]>()
  /** Without the star: `.example.com`; empty for `*`. */
  readonly #suffixes = new Map<string, T[]>()
  /** Lengths of the suffixes, the longest first: that is the most specific one. */
  #lengths: number[] = []

  /** @param pattern exact, `*.suffix` or `*`, in lower case. Values of one pattern keep the order in which they are added */
  add(pattern: string, value: T): void {
    const isWildcard = pattern.startsWith('*')
    const key = isWildcard ? pattern.slice(1) : pattern
    const values = isWildcard ? this.#suffixes : this.#exact
    const known = values.get(key)
    if (known !== undefined) {
      known.push(value)
      return
    }
    values.set(key, [value])
    if (isWildcard && !this.#lengths.includes(key.length))
      this.#lengths = [...this.#lengths, key.length].toSorted((a, b) => b - a)
  }

  /** Values of exactly that pattern. */
  at(pattern: string): readonly T[] {
    return (pattern.startsWith('*') ? this.#suffixes.get(pattern.slice(1)) : this.#exact.get(pattern)) ?? NOTHING
  }

  /** Values of the most specific pattern that fits; empty where none does. @param host in lower case; may be a wildcard itself */
  match(host: string): readonly T[] {
    return this.#walk(host, null) ?? NOTHING
  }

  /** Values of every pattern that fits, the most specific first. */
  all(host: string): T[] {
    const found: T[] = []
    this.#walk(host, found)
    return found
  }

  /** @param into where everything is put; null to end at the first */
  #walk(host: string, into: T[] | null): readonly T[] | null {
    const isWildcard = host.startsWith('*')
    const exact = isWildcard ? undefined : this.#exact.get(host)
    if (exact !== undefined) {
      if (into === null) return exact
      into.push(...exact)
    }
    const rest = isWildcard ? host.slice(1) : host
    for (const length of this.#lengths) {
      // `*.example.com` is below `*.example.com`; `example.com` is not.
      if (length > rest.length || (length === rest.length && !isWildcard)) continue
      const found = this.#suffixes.get(length === 0 ? '' : rest.slice(-length))
      if (found === undefined) continue
      if (into === null) return found
      into.push(...found)
    }
    return null
  }
}

const NOTHING: readonly never[] = []
