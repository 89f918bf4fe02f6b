/** The shop's public REST API as functions. Paths and shapes: `docs/architecture.md` and `@meshmart/contracts`. */
import {
  Cart,
  Journey,
  Order,
  OrderList,
  Product,
  ProductPage,
  Session,
  type CartItem,
  type Category,
  type Credentials,
  type OrderRequest,
  type Registration,
} from '@meshmart/contracts'
import { command, request } from './request.ts'

export type ProductSearch = { query?: string; category?: Category | null; cursor?: string | null; limit?: number }

/** The query string of a search; what is not set is left out. */
export function productQuery({ query, category, cursor, limit = 12 }: ProductSearch): string {
  const parameters = new URLSearchParams()
  if (query?.trim()) parameters.set('query', query.trim())
  if (category) parameters.set('category', category)
  parameters.set('limit', String(limit))
  if (cursor) parameters.set('cursor', cursor)
  return parameters.toString()
}

export const listProducts = (search: ProductSearch, signal?: AbortSignal) =>
  request(`/products?${productQuery(search)}`, ProductPage, signal ? { signal } : {})

export const getProduct = (sku: string, signal?: AbortSignal) =>
  request(`/products/${encodeURIComponent(sku)}`, Product, signal ? { signal } : {})

export const getCart = () => request('/cart', Cart)

export const putCart = (items: CartItem[]) => request('/cart', Cart, { method: 'PUT', body: { items } })

/** Places an order. The same `attempt` (Idempotency-Key) with the same body never makes a second order. */
export const placeOrder = (order: OrderRequest, attempt: string) =>
  request('/orders', Order, { method: 'POST', body: order, headers: { 'idempotency-key': attempt } })

export const listOrders = (cursor: string | null, signal?: AbortSignal) =>
  request(`/orders${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ''}`, OrderList, signal ? { signal } : {})

export const getOrder = (id: string, signal?: AbortSignal) => request(`/orders/${id}`, Order, signal ? { signal } : {})

export const cancelOrder = (id: string) => request(`/orders/${id}/cancel`, Order, { method: 'POST' })

export const journeyPath = (id: string) => `/api/v1/orders/${id}/journey`

export const getJourney = (id: string, signal: AbortSignal) => request(`/orders/${id}/journey`, Journey, { signal })

export const getSession = () => request('/session', Session)

export const signIn = (credentials: Credentials) => request('/session', Session, { method: 'POST', body: credentials })

/** Registering signs in. */
export async function register(registration: Registration): Promise<Session> {
  await command('/accounts', { method: 'POST', body: registration })
  return getSession()
}

export const signOut = () => command('/session', { method: 'DELETE' })
