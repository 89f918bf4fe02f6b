/**
 * Istio's proxies count times (milliseconds) and sizes (bytes) over the same bounds, Envoy's default ones. An observation
 * touches two words of memory and makes nothing.
 * Source: Envoy, source/common/stats/histogram_impl.cc, `ConstSupportedBuckets`
 */
export const BUCKETS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
] as const

const BOUNDS = Float64Array.from(BUCKETS)
/** The last one is for whatever is above every bound. */
const SLOTS = BOUNDS.length + 1

export class Histogram {
  /** Counts between two bounds; they are added up when Prometheus asks. */
  readonly #slots = new Float64Array(SLOTS)
  sum = 0

  observe(value: number): void {
    let slot = 0
    while (slot < BOUNDS.length && value > (BOUNDS[slot] ?? 0)) slot++
    this.#slots[slot] = (this.#slots[slot] ?? 0) + 1
    this.sum += value
  }

  /** All of them together; the only one itself. */
  static sumOf(all: readonly Histogram[]): Histogram {
    const [only, ...more] = all
    if (only !== undefined && more.length === 0) return only
    const total = new Histogram()
    for (const each of all) {
      total.sum += each.sum
      for (let slot = 0; slot < SLOTS; slot++) total.#slots[slot] = (total.#slots[slot] ?? 0) + (each.#slots[slot] ?? 0)
    }
    return total
  }

  get count(): number {
    return this.#slots.reduce((sum, count) => sum + count, 0)
  }

  /** Prometheus's lines. @param labels without braces */
  write(lines: string[], name: string, labels: string): void {
    let below = 0
    for (let slot = 0; slot < SLOTS; slot++) {
      below += this.#slots[slot] ?? 0
      lines.push(`${name}_bucket{${labels},le="${BUCKETS[slot] ?? '+Inf'}"} ${below}`)
    }
    lines.push(`${name}_sum{${labels}} ${this.sum}`, `${name}_count{${labels}} ${below}`)
  }
}
