/**
 * What is left of products and what they cost, told to whoever looks at them as it changes. An event only says that there is news: inventory is asked what is true now, once for all who
 * look and for all changes of a moment, so that nothing old overtakes something new, and a product that nobody looks at costs nothing.
 */
import { type Product, StockNow } from '@meshmart/contracts'
import { Log, MESH, type Mesh } from '@meshmart/service-kit'
import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common'
import { InventoryClient } from '../clients/inventory.client.ts'
import { StockNews } from './stock-news.ts'

/** Changes within this are one: a sale is two, and a rush many. */
const FOLD_MS = 150
const AGAIN_MS = 1_000
/** As many as inventory answers at once. */
const AT_ONCE = 50

export type Tell = (stock: StockNow) => void
type Watcher = { readonly skus: readonly string[]; readonly tell: Tell }

@Injectable()
export class LiveStock implements OnApplicationShutdown {
  readonly #news: StockNews
  readonly #watchers = new Map<string, Set<Watcher>>()
  readonly #changed = new Set<string>()
  #round: NodeJS.Timeout | undefined

  constructor(
    @Inject(MESH) mesh: Pick<Mesh, 'nats'>,
    private readonly inventory: InventoryClient,
    private readonly log: Log,
  ) {
    this.#news = new StockNews(() => mesh.nats, {
      changed: (sku) => this.#mark([sku]),
      missed: () => this.#mark(this.#watchers.keys()),
    })
  }

  onApplicationShutdown(): void {
    clearTimeout(this.#round)
    this.#news.stop()
  }

  /**
   * Tells what is left now, and again after each change until `stop` is called. Of what the shop does not sell, it tells that.
   * @throws ProblemException where inventory cannot be asked; then nothing is watched
   */
  async watch(skus: readonly string[], tell: Tell): Promise<() => void> {
    const watcher = { skus, tell }
    // First listen, then look: what changes in between is told after.
    this.#add(watcher)
    try {
      const products = await this.inventory.productsBySku(skus)
      for (const sku of skus) tell(stockOf(sku, products.get(sku)))
    } catch (error) {
      this.#remove(watcher)
      throw error
    }
    return () => this.#remove(watcher)
  }

  #add(watcher: Watcher): void {
    for (const sku of watcher.skus) {
      const watchers = this.#watchers.get(sku) ?? new Set()
      this.#watchers.set(sku, watchers.add(watcher))
    }
    this.#news.start()
  }

  #remove(watcher: Watcher): void {
    for (const sku of watcher.skus) {
      const watchers = this.#watchers.get(sku)
      watchers?.delete(watcher)
      if (watchers?.size === 0) this.#watchers.delete(sku)
    }
    if (this.#watchers.size === 0) this.#news.stop()
  }

  #mark(skus: Iterable<string>): void {
    for (const sku of skus) if (this.#watchers.has(sku)) this.#changed.add(sku)
    if (this.#changed.size > 0) this.#round ??= setTimeout(() => void this.#look(), FOLD_MS)
  }

  async #look(): Promise<void> {
    const skus = [...this.#changed].filter((sku) => this.#watchers.has(sku))
    this.#changed.clear()
    let againMs = FOLD_MS
    for (let from = 0; from < skus.length; from += AT_ONCE) {
      const some = skus.slice(from, from + AT_ONCE)
      try {
        const products = await this.inventory.productsBySku(some)
        for (const sku of some) this.#tell(stockOf(sku, products.get(sku)))
      } catch (error) {
        this.log.debug('stock that has changed could not be read, and is read again', { error })
        for (const sku of some) this.#changed.add(sku)
        againMs = AGAIN_MS
      }
    }
    this.#round = this.#changed.size > 0 ? setTimeout(() => void this.#look(), againMs) : undefined
  }

  #tell(stock: StockNow): void {
    for (const { tell } of this.#watchers.get(stock.sku) ?? []) tell(stock)
  }
}

const stockOf = (sku: string, product: Product | undefined): StockNow =>
  product === undefined
    ? { sku, available: 0, level: 'sold-out', price: null }
    : { sku, ...product.stock, price: product.price }
