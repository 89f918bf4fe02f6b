/**
 * The catalogue as the gateway tells it: what inventory said a moment ago is said again, ready to be sent, to everybody who asks within that moment. A crowd that
 * looks at the same pages costs inventory a few reads a second, whatever its size. What is bought is decided by the reservation, never by what was shown.
 */
import type { ProductQuery } from '@meshmart/contracts'
import { CLOCK, type Clock } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { InventoryClient } from '../clients/inventory.client.ts'

/** How old, in milliseconds, a told stock may be. */
const MOMENT_MS = 250
/** More than this many different pages within a moment are no crowd; they are forgotten together. */
const PAGES_AT_MOST = 500

interface Told {
  /** In milliseconds since the epoch. */
  readonly until: number
  readonly json: Promise<string>
}

@Injectable()
export class Catalogue {
  readonly #told = new Map<string, Told>()

  constructor(
    private readonly inventory: InventoryClient,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** A ProductPage as JSON. Throws the ProblemExceptions of inventory, and remembers none. */
  page(query: ProductQuery): Promise<string> {
    return this.#tell(`?${JSON.stringify(query)}`, () => this.inventory.products(query))
  }

  /** A Product as JSON. Throws ProblemException `not-found`, and the others of inventory. */
  product(sku: string): Promise<string> {
    return this.#tell(sku, () => this.inventory.product(sku))
  }

  /** Stock has changed by what this gateway did: whoever did it sees it at once. Reads that are on their way are not told to later readers either. */
  forget(): void {
    this.#told.clear()
  }

  #tell(name: string, read: () => Promise<unknown>): Promise<string> {
    const now = this.clock.now().getTime()
    const told = this.#told.get(name)
    if (told !== undefined && now < told.until) return told.json
    if (this.#told.size >= PAGES_AT_MOST) this.#told.clear()
    const json = read().then((answer) => JSON.stringify(answer))
    const fresh = { until: now + MOMENT_MS, json }
    this.#told.set(name, fresh)
    json.catch(() => this.#told.get(name) === fresh && this.#told.delete(name))
    return json
  }
}
