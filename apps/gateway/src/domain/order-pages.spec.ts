import type { Order, OrderList } from '@meshmart/contracts'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { accountCustomer, type CustomerId, guestCustomer } from './customer.ts'
import { decodeCursor, listOrders } from './order-pages.ts'

const uuid = (n: number): string => `00000000-0000-4000-8000-${n.toString(16).padStart(12, '0')}`
const account = accountCustomer(uuid(1))
const guest = guestCustomer(uuid(2))

/** Of an order only what the list looks at; the rest is passed through untouched. */
const order = (n: number, minute: number): Order =>
  ({ id: uuid(n), createdAt: new Date(Date.UTC(2026, 0, 1, 0, minute)).toISOString() }) as Order

const newestFirst = (orders: Order[]): Order[] =>
  orders.toSorted((a, b) => b.createdAt.localeCompare(a.createdAt) || b.id.localeCompare(a.id))

/** Orders as the service pages them: a cursor is the key of the last order of the page before. */
function service(byCustomer: Map<CustomerId, Order[]>, pageSize: number) {
  return async (customer: CustomerId, cursor: string | null): Promise<OrderList> => {
    const all = newestFirst(byCustomer.get(customer) ?? [])
    const keyOf = (each: Order): string => `${each.createdAt} ${each.id}`
    const rest = cursor === null ? all : all.filter((each) => keyOf(each) < cursor)
    const items = rest.slice(0, pageSize)
    return { items, nextCursor: rest.length > pageSize ? keyOf(items.at(-1)!) : null }
  }
}

async function readAll(
  load: ReturnType<typeof service>,
  limit: number,
  between = (): void => undefined,
): Promise<Order[]> {
  const read: Order[] = []
  let cursor: string | null = null
  do {
    const page: OrderList = await listOrders([account, guest], {
      limit,
      cursor: cursor === null ? null : decodeCursor(cursor),
      load,
    })
    read.push(...page.items)
    cursor = page.nextCursor
    between()
  } while (cursor !== null)
  return read
}

describe('one list of orders out of several', () => {
  it('shows every order once, newest first, whatever the page sizes', async () => {
    const minutes = fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 12 })
    const size = fc.integer({ min: 1, max: 5 })
    await fc.assert(
      fc.asyncProperty(minutes, minutes, size, size, async (own, guests, limit, pageSize) => {
        const orders = new Map([
          [account, own.map((minute, index) => order(index, minute))],
          [guest, guests.map((minute, index) => order(100 + index, minute))],
        ])
        const read = await readAll(service(orders, pageSize), limit)
        expect(read).toEqual(newestFirst([...orders.get(account)!, ...orders.get(guest)!]))
      }),
    )
  })

  it('misses nothing old when new orders arrive between two pages', async () => {
    const orders = new Map([
      [account, [1, 3, 5, 7].map((minute) => order(minute, minute))],
      [guest, [2, 4, 6].map((minute) => order(minute, minute))],
    ])
    let arriving = 50
    const read = await readAll(service(orders, 2), 2, () => {
      orders.get(account)!.push(order(arriving, arriving++))
    })
    expect(read.map((each) => Number.parseInt(each.id.slice(-2), 16))).toEqual([7, 6, 5, 4, 3, 2, 1])
  })

  it('does not let a cursor reach the orders of somebody else', async () => {
    const stranger = guestCustomer(uuid(9))
    const load = service(new Map([[stranger, [order(1, 1)]]]), 5)
    const after = { createdAt: '2026-02-01T00:00:00.000Z', id: uuid(0) }
    const page = await listOrders([account], { limit: 5, cursor: { after, pages: { [stranger]: null } }, load })
    expect(page).toEqual({ items: [], nextCursor: null })
  })

  it('knows a cursor that is not one', () => {
    for (const text of ['', 'x', Buffer.from('{}').toString('base64url')]) expect(decodeCursor(text)).toBeNull()
  })
})
