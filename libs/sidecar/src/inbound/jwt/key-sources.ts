/** Whose keys are kept up to date: those that the policy in force names. A new policy that names the same URL goes on with the keys that are there. */
import type { JwtRule } from '@meshmart/mesh-policy'
import { reasonOf, type SidecarLog } from '../../log.ts'
import { FetchedKeys, InlineKeys, KEY_PACE, type FetchKeys, type KeyPace, type KeySource } from './key-source.ts'

export class KeySources {
  readonly #fetch: FetchKeys
  readonly #log: SidecarLog
  readonly #pace: KeyPace
  #fetched = new Map<string, FetchedKeys>()

  constructor(fetch: FetchKeys, log: SidecarLog, pace: KeyPace = KEY_PACE) {
    this.#fetch = fetch
    this.#log = log
    this.#pace = pace
  }

  /** @param rules what one policy needs. @returns one for each, in order; nothing has changed until `commit`. @throws Error that names the rule */
  prepare(rules: readonly JwtRule[]): {
    readonly sources: readonly KeySource[]
    commit(): void
  } {
    const next = new Map<string, FetchedKeys>()
    const sources = rules.map((rule): KeySource => {
      if (rule.jwks !== undefined && rule.jwks !== '') return inline(rule.issuer, rule.jwks)
      if (rule.jwksUri === undefined) throw new Error(`jwtRules of ${rule.issuer}: neither jwks nor jwksUri is given`)
      const timeoutMs = rule.timeoutMs ?? 5000
      const key = `${timeoutMs} ${rule.jwksUri}`
      let source = next.get(key) ?? this.#fetched.get(key)
      source ??= new FetchedKeys(rule.jwksUri, timeoutMs, this.#fetch, this.#log, this.#pace)
      next.set(key, source)
      return source
    })
    const commit = (): void => {
      for (const [key, source] of this.#fetched) if (next.get(key) !== source) source.close()
      this.#fetched = next
      for (const source of next.values()) source.begin()
    }
    return { sources, commit }
  }

  close(): void {
    for (const source of this.#fetched.values()) source.close()
  }
}

function inline(issuer: string, text: string): InlineKeys {
  try {
    return new InlineKeys(text)
  } catch (error) {
    throw new Error(`jwtRules of ${issuer}: jwks: ${reasonOf(error)}`, { cause: error })
  }
}
