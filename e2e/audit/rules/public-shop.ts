/** What everybody can see from outside: little, but it needs nothing than an address. Beside the books it tells whether the shop shows what they say. */
import type { Rule } from '../rule.ts'

/** Not signed in, or no such thing for you. */
const SHUT = [401, 403, 404]

export const publicRules: readonly Rule[] = [
  {
    name: 'shop.healthy',
    says: 'part of the shop does not answer',
    find: async (_query, { shop }) =>
      Object.entries((await shop()).health.checks).flatMap(([id, value]) => (value === 'ok' ? [] : [{ id, value }])),
  },
  {
    name: 'shop.sold-out',
    says: 'product is shown as sold out and is not, or the other way round',
    find: async (_query, { shop }) =>
      (await shop()).products
        .filter(({ stock }) => (stock.available === 0) !== (stock.level === 'sold-out'))
        .map(({ sku, stock }) => ({ id: sku, value: `${stock.available} left, ${stock.level}` })),
  },
  {
    name: 'shop.shut',
    says: 'strangers are let in',
    find: async (_query, { shop }) =>
      [...(await shop()).doors].flatMap(([id, status]) =>
        SHUT.includes(status) ? [] : [{ id, value: String(status) }],
      ),
  },
  {
    name: 'shop.shows-the-stock',
    says: 'shop shows another stock than its books have',
    find: async (query, { shop }) => {
      const { products } = await shop()
      const booked = await query(
        'inventory',
        `SELECT s.sku AS id, sum(s.on_hand - s.held)::text AS value FROM stock s JOIN warehouse w ON w.code = s.warehouse WHERE w.sells GROUP BY s.sku`,
      )
      const bySku = new Map(booked.map(({ id, value }) => [id, value]))
      return products
        .filter(({ sku, stock }) => bySku.get(sku) !== String(stock.available))
        .map(({ sku, stock }) => ({
          id: sku,
          value: `shown ${stock.available}, booked ${bySku.get(sku) ?? 'nothing'}`,
        }))
    },
  },
]
