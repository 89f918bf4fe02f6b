/** What the back office asks the shop for, by name. */
import {
  DeadLetterList,
  DeadLetterOutcome,
  LastAudit,
  MailboxDetail,
  MailboxPage,
  Replenishment,
  ReplenishmentList,
  ShopFigures,
  StaffOrder,
  StaffOrderList,
  StaffProduct,
  StaffProductPage,
  StockMovementPage,
  StockOfProduct,
  StockTake,
  StockWarningList,
  Transfer,
  TransferList,
  type ProductEdit,
  type ReplenishmentRequest,
  type ReturnRequest,
  type StaffOrderFilter,
  type StockTakeRequest,
  type TransferRequest,
} from '@meshmart/contracts'
import { answerOf, shop, taggedAnswerOf } from '../api/client.ts'

export type OrderSearch = { state: StaffOrderFilter | null; search: string; cursor?: string | null }

export const findOrders = ({ state, search, cursor }: OrderSearch, signal?: AbortSignal) => {
  const query = { ...(state && { state }), ...(search && { search }), ...(cursor && { cursor }) }
  return answerOf(StaffOrderList, shop.GET('/api/v1/admin/orders', { params: { query }, ...(signal && { signal }) }))
}

export const inspectOrder = (id: string, signal: AbortSignal) =>
  answerOf(StaffOrder, shop.GET('/api/v1/admin/orders/{id}', { params: { path: { id } }, signal }))

export const cancelAnyOrder = (id: string) =>
  answerOf(StaffOrder, shop.POST('/api/v1/admin/orders/{id}/cancel', { params: { path: { id } } }))

/** @param key the Idempotency-Key of this return */
export const returnPieces = (id: string, body: ReturnRequest, key: string) =>
  answerOf(
    StaffOrder,
    shop.POST('/api/v1/admin/orders/{id}/returns', {
      params: { path: { id }, header: { 'Idempotency-Key': key } },
      body,
    }),
  )

export const retryOrder = (id: string) =>
  answerOf(StaffOrder, shop.POST('/api/v1/admin/orders/{id}/retry', { params: { path: { id } } }))

export const getFigures = (bucket: ShopFigures['bucket'], count: number, signal: AbortSignal) =>
  answerOf(ShopFigures, shop.GET('/api/v1/admin/figures', { params: { query: { bucket, count } }, signal }))

export const getAudit = (signal: AbortSignal) => answerOf(LastAudit, shop.GET('/api/v1/admin/audit', { signal }))

export const findProducts = (query: string, cursor: string | null, signal?: AbortSignal) =>
  answerOf(
    StaffProductPage,
    shop.GET('/api/v1/admin/products', {
      params: { query: { limit: 50, ...(query && { query }), ...(cursor && { cursor }) } },
      ...(signal && { signal }),
    }),
  )

export const inspectProduct = (sku: string, signal?: AbortSignal) =>
  taggedAnswerOf(
    StaffProduct,
    shop.GET('/api/v1/admin/products/{sku}', { params: { path: { sku } }, ...(signal && { signal }) }),
  )

/** @param seen the tag of the product that the edit was made from: where it has changed since, this is the problem `precondition-failed` */
export const putProduct = (sku: string, body: ProductEdit, seen: string | null) =>
  taggedAnswerOf(
    StaffProduct,
    shop.PUT('/api/v1/admin/products/{sku}', { params: { path: { sku }, header: { 'If-Match': seen ?? '' } }, body }),
  )

export const getStock = (sku: string, signal: AbortSignal) =>
  answerOf(StockOfProduct, shop.GET('/api/v1/admin/stock/{sku}', { params: { path: { sku } }, signal }))

export const listMovements = (sku: string, cursor: string | null, signal?: AbortSignal) =>
  answerOf(
    StockMovementPage,
    shop.GET('/api/v1/admin/stock/{sku}/movements', {
      params: { path: { sku }, query: cursor ? { cursor } : {} },
      ...(signal && { signal }),
    }),
  )

export const listWarnings = (signal: AbortSignal) =>
  answerOf(StockWarningList, shop.GET('/api/v1/admin/stock-warnings', { params: { query: { open: 'true' } }, signal }))

export const bookStockTake = (body: StockTakeRequest) =>
  answerOf(StockTake, shop.POST('/api/v1/admin/stock-takes', { body }))

export const listTransfers = (signal: AbortSignal) =>
  answerOf(TransferList, shop.GET('/api/v1/admin/transfers', { signal }))

export const requestTransfer = (body: TransferRequest) =>
  answerOf(Transfer, shop.POST('/api/v1/admin/transfers', { body }))

export const moveTransfer = (id: string, action: 'ship' | 'receive' | 'cancel') =>
  answerOf(Transfer, shop.POST(`/api/v1/admin/transfers/{id}/${action}`, { params: { path: { id } } }))

export const listReplenishments = (signal: AbortSignal) =>
  answerOf(ReplenishmentList, shop.GET('/api/v1/admin/replenishments', { signal }))

export const orderReplenishment = (body: ReplenishmentRequest) =>
  answerOf(Replenishment, shop.POST('/api/v1/admin/replenishments', { body }))

export const endReplenishment = (id: string, action: 'arrive' | 'cancel') =>
  answerOf(Replenishment, shop.POST(`/api/v1/admin/replenishments/{id}/${action}`, { params: { path: { id } } }))

/** @throws ProblemAnswer 404 where this shop has no mailbox */
export const listMails = (cursor: string | null, signal?: AbortSignal) =>
  answerOf(
    MailboxPage,
    shop.GET('/api/v1/admin/mails', { params: { query: cursor ? { cursor } : {} }, ...(signal && { signal }) }),
  )

/** @throws ProblemAnswer 404 where it is not kept, or this shop has no mailbox */
export const getMail = (id: string, signal: AbortSignal) =>
  answerOf(MailboxDetail, shop.GET('/api/v1/admin/mails/{id}', { params: { path: { id } }, signal }))

export const listDeadLetters = (signal: AbortSignal) =>
  answerOf(DeadLetterList, shop.GET('/api/v1/admin/dead-letters', { params: { query: { limit: 100 } }, signal }))

export const changeDeadLetter = (action: 'replay' | 'discard', sequence: number) =>
  answerOf(DeadLetterOutcome, shop.POST(`/api/v1/admin/dead-letters/${action}`, { body: { sequences: [sequence] } }))
