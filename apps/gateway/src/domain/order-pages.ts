/**
 * One list out of several. Somebody who bought as a guest and signed in later is two or more customers for orders; they see one list, newest
 * first. A cursor remembers where the list ended, and for each customer the page that the next order is on; orders' own cursors stay opaque.
 */
import type { Order, OrderList } from '@meshmart/contracts'
import { z } from 'zod'
import type { CustomerId } from './customer.ts'

const Cursor = z.strictObject({
  after: z.strictObject({ createdAt: z.iso.datetime(), id: z.uuid() }),
  /** Customers whose orders are not all shown yet. */
  pages: z.record(z.string(), z.string().nullable()),
})
type Cursor = z.infer<typeof Cursor>

/** Asks for one page of one customer's orders, newest first. */
export type LoadPage = (customer: CustomerId, cursor: string | null) => Promise<OrderList>

export function decodeCursor(text: string): Cursor | null {
  try {
    return Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
  } catch {
    // Whatever it was, it is none of ours; the caller names the field.
    return null
  }
}

const encodeCursor = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor)).toString('base64url')

type Feed = { customer: CustomerId; orders: AsyncGenerator<Head, void>; head: Head | undefined }
type Head = { order: Order; page: string | null }

/**
 * @param customers whom the reader is; a cursor cannot widen it
 * @param cursor where the list before ended, or null for the beginning
 */
export async function listOrders(
  customers: readonly CustomerId[],
  { limit, cursor, load }: { limit: number; cursor: Cursor | null; load: LoadPage },
): Promise<OrderList> {
  const feeds = await Promise.all(
    customers
      .filter((customer) => cursor === null || Object.hasOwn(cursor.pages, customer))
      .map(async (customer): Promise<Feed> => {
        const orders = ordersOf(customer, cursor?.pages[customer] ?? null, cursor?.after ?? null, load)
        return { customer, orders, head: (await orders.next()).value ?? undefined }
      }),
  )
  const items: Order[] = []
  while (items.length < limit) {
    const newest = feeds.reduce<Feed | undefined>(
      (best, feed) => (isNewer(feed.head, best?.head) ? feed : best),
      undefined,
    )
    if (newest?.head === undefined) break
    items.push(newest.head.order)
    newest.head = (await newest.orders.next()).value ?? undefined
  }
  const rest = feeds.flatMap(({ customer, head }) => (head === undefined ? [] : [[customer, head.page] as const]))
  const last = items.at(-1)
  if (rest.length === 0 || last === undefined) return { items, nextCursor: null }
  const after = { createdAt: last.createdAt, id: last.id }
  return { items, nextCursor: encodeCursor({ after, pages: Object.fromEntries(rest) }) }
}

/** Loads page by page, and only when somebody wants more. Orders placed meanwhile push others to a later page, never out of the list. */
async function* ordersOf(
  customer: CustomerId,
  first: string | null,
  after: Cursor['after'] | null,
  load: LoadPage,
): AsyncGenerator<Head, void> {
  let page: string | null = first
  for (;;) {
    const { items, nextCursor } = await load(customer, page)
    for (const order of items) if (after === null || compare(order, after) < 0) yield { order, page }
    if (nextCursor === null) return
    page = nextCursor
  }
}

const isNewer = (head: Head | undefined, than: Head | undefined): boolean =>
  head !== undefined && (than === undefined || compare(head.order, than.order) > 0)

function compare(a: Cursor['after'], b: Cursor['after']): number {
  const difference = Date.parse(a.createdAt) - Date.parse(b.createdAt)
  return difference !== 0 ? difference : a.id < b.id ? -1 : a.id > b.id ? 1 : 0
}
