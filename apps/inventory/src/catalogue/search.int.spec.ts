/** What the search promises beyond finding: order, pages, and words that it learns. */
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Inventory, openInventory, testProduct } from '../testing/open-inventory.ts'
import { InventoryProductQuery } from './product-query.ts'
import { ProductSearch } from './product-search.ts'
import type { CatalogueProduct } from './products.ts'

let inventory: Inventory
let search: ProductSearch
const product = (sku: string, name: string, description: string): CatalogueProduct => ({
  ...testProduct(sku, 5),
  name: { en: name, 'zh-CN': `${name} 商品` },
  description: { en: description, 'zh-CN': '用于测试' },
})
const series = Array.from({ length: 30 }, (_, n) =>
  product(`SERIES-${n}`, n % 3 === 0 ? 'Walnut bowl' : 'Bowl', 'Turned from walnut'),
)

beforeAll(async () => {
  inventory = await openInventory([
    product('DESC-CEDAR', 'Box', 'Made of cedar wood'),
    product('NAME-CEDAR', 'Cedar box', 'It smells of the forest'),
    ...series,
  ])
  search = new ProductSearch(inventory.database)
})
afterAll(() => inventory.close())

const pageOf = (query: object) => search.page(InventoryProductQuery.parse(query))
const skusOf = async (query: object): Promise<string[]> => (await pageOf(query)).items.map(({ sku }) => sku)

it('ranks a word in the name above the same word in the description', async () => {
  expect(await skusOf({ query: 'cedar' })).toEqual(['NAME-CEDAR', 'DESC-CEDAR'])
})

async function allPagesOf(query: string): Promise<string[]> {
  const seen: string[] = []
  let cursor: string | undefined
  do {
    const page = await pageOf({ query, limit: '7', ...(cursor === undefined ? {} : { cursor }) })
    seen.push(...page.items.map(({ sku }) => sku))
    cursor = page.nextCursor ?? undefined
  } while (cursor !== undefined)
  return seen
}

it('pages through a search in its order, nothing twice, nothing left out', async () => {
  const [named, described] = [0, 1].map((rest) => series.filter((_, n) => (n % 3 === 0 ? 0 : 1) === rest))
  expect(await allPagesOf('walnut')).toEqual([...named!, ...described!].map(({ sku }) => sku))
})

it('lists what has a word that very many products have in the order of the shop, and narrows it by rarer words', async () => {
  const owner = new pg.Client({ connectionString: inventory.urls.ownerUrl })
  await owner.connect()
  const say = (products: number) =>
    owner.query(`UPDATE search_word SET products = $1 WHERE word IN ('walnut', 'turn')`, [products])
  try {
    await say(500_000)
    expect(await allPagesOf('turned walnut')).toEqual(series.map(({ sku }) => sku))
    expect(await allPagesOf('turned cedar')).toEqual([])
    expect((await allPagesOf('walnut bowl')).toSorted()).toEqual(series.map(({ sku }) => sku).toSorted())
  } finally {
    await say(30)
    await owner.end()
  }
})

it('knows the words of a product that has come since', async () => {
  expect(await skusOf({ query: 'ocarina' })).toEqual([])
  await inventory.opening.open([product('NEW-OCARINA', 'Ocarina', 'Burnt clay')])
  expect(await skusOf({ query: 'ocarnia' })).toEqual(['NEW-OCARINA'])
})

it('takes everything that may be typed for words, never for an operator', async () => {
  for (const query of [
    "'",
    "cedar' | 'box",
    '!cedar',
    'cedar:*',
    '(((',
    '\\',
    "'; DROP TABLE product; --",
    '<->',
    '杯<1>',
  ]) {
    await expect(skusOf({ query }), query).resolves.toBeInstanceOf(Array)
  }
  expect(await skusOf({ query: '!cedar' })).toEqual(['NAME-CEDAR', 'DESC-CEDAR'])
})
