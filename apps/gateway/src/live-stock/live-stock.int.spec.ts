/** Live stock from an event in a real NATS to the frames that a browser reads. */
import { randomUUID } from 'node:crypto'
import { StockNow } from '@meshmart/contracts'
import { jetstream } from '@nats-io/jetstream'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { openShop, shop } from '../testing/open-shop.ts'
import { product } from '../testing/neighbours.ts'
import { StockStreams } from './stock-streams.ts'

openShop()
let url: string
const leaving: AbortController[] = []
beforeAll(async () => {
  await shop.app.listen(0, '127.0.0.1')
  url = `${await shop.app.getUrl()}/api/v1/stock/events`
})
// What `fetch` keeps for later is nobody's any more.
afterAll(() => shop.app.getHttpServer().closeAllConnections())
afterEach(async () => {
  for (const each of leaving.splice(0)) each.abort()
  await vi.waitFor(() => expect(shop.app.get(StockStreams).size).toBe(0))
})

/** What a reader has been told, growing; `text` is all of it. */
async function read(skus: string, address = '192.0.2.1') {
  const leave = new AbortController()
  leaving.push(leave)
  const response = await fetch(`${url}?skus=${skus}`, { signal: leave.signal, headers: { 'x-forwarded-for': address } })
  const told: StockNow[] = []
  const reading = { status: response.status, response, told, text: '', leave }
  if (!response.ok) {
    await response.body?.cancel()
    return reading
  }
  void (async () => {
    const decoder = new TextDecoder()
    for await (const chunk of response.body!) {
      reading.text += decoder.decode(chunk, { stream: true })
      const frames = reading.text.split('\n\n').slice(0, -1)
      told.splice(
        0,
        Infinity,
        ...frames
          .flatMap((frame) => /^event: stock\ndata: (.+)$/.exec(frame)?.[1] ?? [])
          .map((data) => StockNow.parse(JSON.parse(data))),
      )
    }
  })().catch(() => undefined) // the reader leaves
  return reading
}
const leave = (sku: string, available: number, level: StockNow['level'] = 'in-stock') =>
  shop.neighbours.products.set(sku, { ...product(sku, 100), stock: { available, level } })
const tell = (sku: string) => publish('stock.changed', sku, { sku, available: 1, change: -1, cause: 'reserved' })
const tellEdit = (sku: string) => {
  const price = { amount: 1, currency: 'EUR' }
  return publish('product.changed', sku, { sku, version: 2, price, forSale: true })
}
const publish = (type: string, sku: string, data: object) => {
  const time = new Date().toISOString()
  const event = {
    id: randomUUID(),
    type,
    version: 1,
    source: 'inventory',
    subject: sku,
    time,
    traceparent: null,
    data,
  }
  return jetstream(shop.nats.connection).publish(`events.${type}`, JSON.stringify(event))
}
const asked = () => shop.neighbours.asked.filter(({ path }) => path.includes('skus=')).length

describe('a stream of stock', () => {
  it('says what is left, and what is true after each change, to everybody who looks', async () => {
    leave('MUG-DAWN', 7)
    const readers = await Promise.all([read('MUG-DAWN'), read('MUG-DAWN,PEN-BLUE,NO-SUCH')])
    await vi.waitFor(() => expect(readers.map(({ told }) => told.length)).toEqual([1, 3]))
    expect(readers[0].text).toMatch(/^retry: 1000\n\n/)
    const price = { amount: 100, currency: 'EUR' }
    expect(readers[0].told).toEqual([{ sku: 'MUG-DAWN', available: 7, level: 'in-stock', price }])
    expect(readers[1].told).toContainEqual({ sku: 'NO-SUCH', available: 0, level: 'sold-out', price: null })
    leave('MUG-DAWN', 2, 'few-left')
    const before = asked()
    await Promise.all(Array.from({ length: 20 }, () => tell('MUG-DAWN')))
    const now = { sku: 'MUG-DAWN', available: 2, level: 'few-left', price }
    for (const { told } of readers) await vi.waitFor(() => expect(told.at(-1)).toEqual(now))
    // Twenty changes of a moment are one question, two where the moment ended between them.
    expect(asked() - before).toBeLessThanOrEqual(2)
  })

  it('says what a product costs now, that it is not sold any more, and that it is again', async () => {
    leave('PEN-BLUE', 5)
    const { told } = await read('PEN-BLUE')
    await vi.waitFor(() => expect(told).toHaveLength(1))
    shop.neighbours.products.set('PEN-BLUE', product('PEN-BLUE', 450))
    await tellEdit('PEN-BLUE')
    await vi.waitFor(() => expect(told.at(-1)).toMatchObject({ available: 7, price: { amount: 450 } }))
    shop.neighbours.withdrawn.add('PEN-BLUE')
    await tellEdit('PEN-BLUE')
    await vi.waitFor(() => expect(told.at(-1)).toMatchObject({ available: 0, level: 'sold-out', price: null }))
    shop.neighbours.withdrawn.delete('PEN-BLUE')
    await tellEdit('PEN-BLUE')
    await vi.waitFor(() => expect(told.at(-1)).toMatchObject({ available: 7, price: { amount: 450 } }))
  })

  it('asks nobody about what nobody looks at', async () => {
    await read('PEN-BLUE')
    const before = asked()
    await tell('MUG-DAWN')
    await new Promise((resolve) => setTimeout(resolve, 400))
    expect(asked()).toBe(before)
  })

  it('catches up after inventory was away', async () => {
    leave('PEN-BLUE', 5)
    const { told } = await read('PEN-BLUE')
    await vi.waitFor(() => expect(told).toHaveLength(1))
    shop.neighbours.broken.add('inventory')
    leave('PEN-BLUE', 0, 'sold-out')
    await tell('PEN-BLUE')
    await new Promise((resolve) => setTimeout(resolve, 400))
    shop.neighbours.broken.delete('inventory')
    await vi.waitFor(() => expect(told.at(-1)).toMatchObject({ available: 0, level: 'sold-out' }), { timeout: 5_000 })
  })

  it('is refused where inventory cannot be asked, and nothing stays open', async () => {
    shop.neighbours.broken.add('inventory')
    const { status } = await read('PEN-BLUE')
    shop.neighbours.broken.delete('inventory')
    expect(status).toBe(503)
    expect(shop.app.get(StockStreams).size).toBe(0)
  })

  it('is bounded in number for one address', async () => {
    const many = await Promise.all(Array.from({ length: 101 }, () => read('PEN-BLUE', '192.0.2.9')))
    const refused = many.filter(({ status }) => status !== 200)
    expect(refused.map(({ status, response }) => [status, response.headers.get('retry-after')])).toEqual([[429, '30']])
    expect((await read('PEN-BLUE', '192.0.2.10')).status).toBe(200)
    many.find(({ status }) => status === 200)!.leave.abort()
    await vi.waitFor(() => expect(shop.app.get(StockStreams).size).toBe(100))
    expect((await read('PEN-BLUE', '192.0.2.9')).status).toBe(200)
  })

  it.each(['', 'mug', 'MUG-DAWN,', Array.from({ length: 51 }, (_, n) => `MUG-N${n}`).join(',')])(
    'refuses %s',
    async (skus) => {
      expect((await read(skus)).status).toBe(400)
    },
  )
})
