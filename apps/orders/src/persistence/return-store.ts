/**
 * Takes a return in: counts the pieces off the order and writes the return down, in one transaction under the lock of the order. From then on it is made, by whichever
 * replica; of two that want the same piece, the one that comes second finds it counted.
 */
import { randomUUID } from 'node:crypto'
import { OrderState, returnStates, type ReturnRequest } from '@meshmart/contracts'
import { Database, fingerprintOf, ProblemException, type Transaction } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { returnable, type SoldLine } from '../domain/returns.ts'
import { recordRemark } from './transition.ts'

export interface NewReturn {
  readonly customerId: string
  readonly orderId: string
  readonly idempotencyKey: string
  readonly request: ReturnRequest
  /** Who of the staff asks in the customer's place; null for the customer. */
  readonly staff: string | null
}

@Injectable()
export class ReturnStore {
  constructor(private readonly database: Database) {}

  /**
   * Answers the return's id, the same for the same key. Throws ProblemException `not-found`, also for another customer's order; `wrong-state` for an order that is not
   * confirmed; `invalid-request` and `return-exceeds-kept`, naming the lines; and `idempotency-key-reused`.
   */
  async request({ customerId, orderId, idempotencyKey, request, staff }: NewReturn): Promise<string> {
    const lines = request.lines.map(({ sku, quantity }) => ({ sku, quantity }))
    const fingerprint = fingerprintOf(lines)
    return this.database.transaction(async (tx) => {
      const order = await lockOrder(tx, customerId, orderId)
      const earlier = await tx.orderReturn.findUnique({
        where: { orderId_idempotencyKey: { orderId, idempotencyKey } },
        select: { id: true, fingerprint: true },
      })
      if (earlier?.fingerprint === fingerprint) return earlier.id
      if (earlier !== null) throw new ProblemException('idempotency-key-reused')
      const sold = await soldLines(tx, orderId, order.currency)
      // Who comes second for the last piece is told the same whether the first one's return is made already or not.
      const isAllBack = order.state === 'cancelled' && sold.every(({ quantity, returned }) => quantity === returned)
      if (order.state !== 'confirmed' && !isAllBack)
        throw new ProblemException('wrong-state', { detail: whyNot(order.state) })
      const answer = returnable(lines, sold)
      if (answer.kind === 'refused') throw new ProblemException(answer.code, { errors: answer.errors })
      const id = randomUUID()
      const head = { id, orderId, idempotencyKey, fingerprint, amount: answer.refund.amount }
      if (staff !== null)
        await tx.execute`INSERT INTO staff_action (order_id, action, actor) VALUES (${orderId}::uuid, 'return', ${staff})`
      await write(tx, head, lines)
      await recordRemark(tx, orderId, 'return-requested')
      return id
    })
  }
}

async function lockOrder(
  tx: Transaction,
  customerId: string,
  orderId: string,
): Promise<{ state: OrderState; currency: string }> {
  const rows = await tx.query<{ state: string; currency: string }>`
    SELECT state, currency FROM orders WHERE id = ${orderId}::uuid AND customer_id = ${customerId} FOR UPDATE`
  if (rows[0] === undefined) throw new ProblemException('not-found')
  return { state: OrderState.parse(rows[0].state), currency: rows[0].currency }
}

async function soldLines(tx: Transaction, orderId: string, currency: string): Promise<SoldLine[]> {
  const rows = await tx.orderLine.findMany({ where: { orderId }, orderBy: { position: 'asc' } })
  return rows.map(({ sku, quantity, returned, unitAmount }) => {
    // Without a price the order was never confirmed, and nothing of it goes back.
    return { sku, quantity, returned, unitPrice: { amount: Number(unitAmount ?? 0), currency } }
  })
}

async function write(
  tx: Transaction,
  head: { id: string; orderId: string; idempotencyKey: string; fingerprint: string; amount: number },
  lines: ReturnRequest['lines'],
): Promise<void> {
  const { id, orderId } = head
  for (const { sku, quantity } of lines)
    await tx.orderLine.updateMany({ where: { orderId, sku }, data: { returned: { increment: quantity } } })
  const sequence = 1 + (await tx.orderReturn.count({ where: { orderId } }))
  await tx.orderReturn.create({ data: { ...head, sequence, state: returnStates[0] } })
  await tx.orderReturnLine.createMany({ data: lines.map((line, position) => ({ returnId: id, position, ...line })) })
  await tx.execute`
    UPDATE checkout SET finished_at = NULL, due_at = clock_timestamp() WHERE order_id = ${orderId}::uuid`
  await tx.execute`SELECT pg_notify('checkout_due', ${orderId})`
}

function whyNot(state: OrderState): string {
  if (state === 'cancelling' || state === 'cancelled') return 'the whole order is cancelled: everything goes back'
  if (state === 'rejecting' || state === 'rejected') return 'the order was turned down: there is nothing to give back'
  return 'the order is still being decided: pieces of it can go back once it is confirmed, and the whole of it can be cancelled now'
}
