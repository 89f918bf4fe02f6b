/** What the pages ask the shop for, by name. */
import {
  Account,
  AddressPage,
  Cart,
  Journey,
  Order,
  OrderList,
  Product,
  ProductPage,
  SavedAddress,
  Session,
  type AddressEntry,
  type CartItem,
  type Category,
  type Credentials,
  type OrderRequest,
  type PasswordChange,
  type Registration,
  type ReturnRequest,
} from '@meshmart/contracts'
import { answerOf, done, shop, taggedAnswerOf } from './client.ts'

export type ProductSearch = { query?: string; category?: Category | null; cursor?: string | null; limit?: number }

/** The query of a search; what is not set is left out. */
export const productQuery = ({ query, category, cursor, limit = 12 }: ProductSearch) => ({
  ...(query?.trim() && { query: query.trim() }),
  ...(category && { category }),
  limit,
  ...(cursor && { cursor }),
})

const ifMatch = (entityTag: string | null) => (entityTag === null ? {} : { 'If-Match': entityTag })
const until = (signal: AbortSignal | undefined) => (signal ? { signal } : {})

export const listProducts = (search: ProductSearch, signal?: AbortSignal) =>
  answerOf(ProductPage, shop.GET('/api/v1/products', { params: { query: productQuery(search) }, ...until(signal) }))

export const getProduct = (sku: string, signal?: AbortSignal) =>
  answerOf(Product, shop.GET('/api/v1/products/{sku}', { params: { path: { sku } }, ...until(signal) }))

export const getCart = () => taggedAnswerOf(Cart, shop.GET('/api/v1/cart'))

/** @param seen the tag of the cart that the change was made from: where it has changed since, this is the problem `precondition-failed` */
export const putCart = (items: CartItem[], seen: string | null) =>
  taggedAnswerOf(Cart, shop.PUT('/api/v1/cart', { body: { items }, params: { header: ifMatch(seen) } }))

/** Places an order. The same `attempt` (Idempotency-Key) with the same body never makes a second order. */
export const placeOrder = (order: OrderRequest, attempt: string) =>
  answerOf(Order, shop.POST('/api/v1/orders', { body: order, params: { header: { 'Idempotency-Key': attempt } } }))

export const listOrders = (cursor: string | null, signal?: AbortSignal) =>
  answerOf(OrderList, shop.GET('/api/v1/orders', { params: { query: cursor ? { cursor } : {} }, ...until(signal) }))

export const getOrder = (id: string, signal?: AbortSignal) =>
  answerOf(Order, shop.GET('/api/v1/orders/{id}', { params: { path: { id } }, ...until(signal) }))

export const cancelOrder = (id: string) =>
  answerOf(Order, shop.POST('/api/v1/orders/{id}/cancel', { params: { path: { id } } }))

/** Gives pieces of an order back. The same `attempt` (Idempotency-Key) with the same pieces is one return. */
export const giveBack = (id: string, lines: ReturnRequest['lines'], attempt: string) =>
  answerOf(
    Order,
    shop.POST('/api/v1/orders/{id}/returns', {
      body: { lines },
      params: { path: { id }, header: { 'Idempotency-Key': attempt } },
    }),
  )

export const journeyPath = (id: string) => `/api/v1/orders/${id}/journey`

export const getJourney = (id: string, signal: AbortSignal) =>
  answerOf(Journey, shop.GET('/api/v1/orders/{id}/journey', { params: { path: { id } }, signal }))

export const getSession = () => answerOf(Session, shop.GET('/api/v1/session'))

export const signIn = (credentials: Credentials) =>
  answerOf(Session, shop.POST('/api/v1/session', { body: credentials }))

/** Registering signs in. */
export async function register(registration: Registration): Promise<Session> {
  return { account: await answerOf(Account, shop.POST('/api/v1/accounts', { body: registration })) }
}

export const signOut = () => done(shop.DELETE('/api/v1/session'))

export const getAccount = (signal?: AbortSignal) => taggedAnswerOf(Account, shop.GET('/api/v1/account', until(signal)))

export const rename = (name: string, seen: string | null) =>
  taggedAnswerOf(Account, shop.PATCH('/api/v1/account', { body: { name }, params: { header: ifMatch(seen) } }))

export const changePassword = (change: PasswordChange) => done(shop.PUT('/api/v1/account/password', { body: change }))

export const deleteAccount = (password: string) => done(shop.POST('/api/v1/account/deletion', { body: { password } }))

/** A browser saves what it finds there. */
export const accountExportPath = '/api/v1/account/export'

/** One page holds all that an account may have. */
export const listAddresses = (signal?: AbortSignal) =>
  answerOf(AddressPage, shop.GET('/api/v1/account/addresses', { params: { query: { limit: 100 } }, ...until(signal) }))

export const addAddress = (entry: AddressEntry) =>
  answerOf(SavedAddress, shop.POST('/api/v1/account/addresses', { body: entry }))

export const replaceAddress = (id: string, entry: AddressEntry) =>
  answerOf(SavedAddress, shop.PUT('/api/v1/account/addresses/{id}', { params: { path: { id } }, body: entry }))

export const removeAddress = (id: string) =>
  done(shop.DELETE('/api/v1/account/addresses/{id}', { params: { path: { id } } }))
