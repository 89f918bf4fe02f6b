/** SKUs that were products a moment ago. Only good news is remembered: a product that was added is there for the next order. */
const MOMENT_MS = 60_000
/** Beyond this many the memory begins anew, so that it has an end. */
const AT_MOST = 10_000

/** All times in milliseconds of one clock. */
export class KnownSkus {
  readonly #until = new Map<string, number>()

  has(sku: string, now: number): boolean {
    return now < (this.#until.get(sku) ?? Number.NEGATIVE_INFINITY)
  }

  add(sku: string, now: number): void {
    if (this.#until.size >= AT_MOST) this.#until.clear()
    this.#until.set(sku, now + MOMENT_MS)
  }
}
