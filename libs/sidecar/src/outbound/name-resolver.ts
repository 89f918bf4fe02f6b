/**
 * Addresses of endpoints that have a name, from the system's own resolver: asked in the background, as by Envoy's STRICT_DNS, and never by a request. A name is
 * known as long as somebody holds it; where asking fails, the last answer stays.
 */
import { lookup } from 'node:dns/promises'
import { reasonOf, type SidecarLog } from '../log.ts'

/** Rejects where there is no answer. */
export type Resolve = (name: string) => Promise<readonly string[]>

/** Istio's `dnsRefreshRate`; how long an answer is good the system's resolver does not tell. */
const REFRESH_MS = 60_000
const RETRY_MS = 5000
/** Nobody needs more of one name to spread its requests. */
const MAX_ADDRESSES = 64

/** IPv6 only where there is nothing else, as Istio's `V4_PREFERRED`: who resolves both may still be able to reach only one. */
export const systemResolve: Resolve = async (name) => {
  const found = await lookup(name, { all: true })
  const v4 = found.filter(({ family }) => family === 4)
  return (v4.length > 0 ? v4 : found).map(({ address }) => address)
}

interface KnownName {
  readonly listeners: Set<() => void>
  /** Null until the first answer, empty where that was a failure. */
  addresses: readonly string[] | null
  failing: boolean
  timer: NodeJS.Timeout | null
}

export class NameResolver {
  readonly #names = new Map<string, KnownName>()
  readonly #resolve: Resolve
  readonly #log: SidecarLog
  readonly #refreshMs: number

  constructor(log: SidecarLog, resolve = systemResolve, refreshMs = REFRESH_MS) {
    this.#log = log
    this.#resolve = resolve
    this.#refreshMs = refreshMs
  }

  /** @param changed is called at the first answer, whatever it is, and when the addresses are others. It is the key for `release`. */
  hold(name: string, changed: () => void): void {
    let known = this.#names.get(name)
    if (known === undefined) {
      known = { listeners: new Set(), addresses: null, failing: false, timer: null }
      this.#names.set(name, known)
      void this.#ask(name, known)
    }
    known.listeners.add(changed)
  }

  release(name: string, changed: () => void): void {
    const known = this.#names.get(name)
    if (known?.listeners.delete(changed) !== true || known.listeners.size > 0) return
    if (known.timer !== null) clearTimeout(known.timer)
    this.#names.delete(name)
  }

  /** Null until the first answer. */
  addressesOf(name: string): readonly string[] | null {
    return this.#names.get(name)?.addresses ?? null
  }

  async #ask(name: string, known: KnownName): Promise<void> {
    const before = known.addresses
    try {
      const addresses = (await this.#resolve(name)).toSorted().slice(0, MAX_ADDRESSES)
      if (known.failing) this.#log.info('outbound: name resolved again', { name })
      known.failing = false
      known.addresses = addresses
    } catch (error) {
      if (!known.failing) this.#log.warn('outbound: name not resolved, trying again', { name, reason: reasonOf(error) })
      known.failing = true
      known.addresses ??= []
    }
    if (this.#names.get(name) !== known) return
    known.timer = setTimeout(
      () => void this.#ask(name, known),
      known.failing ? Math.min(RETRY_MS, this.#refreshMs) : this.#refreshMs,
    )
    known.timer.unref()
    if (before === null || before.join() !== known.addresses.join()) for (const changed of known.listeners) changed()
  }
}
