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
      const [earlier] = await tx.query<{ id: string; fingerprint: string }>`
        SELECT id::text, fingerprint FROM order_return
        WHERE order_id = ${orderId}::uuid AND idempotency_key = ${idempotencyKey}`
      if (earlier?.fingerprint === fingerprint) return earlier.id
      if (earlier !== undefined) throw new ProblemException('idempotency-key-reused')
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

interface LineRow {
  readonly sku: string
  readonly quantity: number
  readonly returned: number
  readonly unitAmount: bigint | null
}

async function soldLines(tx: Transaction, orderId: string, currency: string): Promise<SoldLine[]> {
  const rows = await tx.query<LineRow>`
    SELECT sku, quantity, returned, unit_amount AS "unitAmount" FROM order_line
    WHERE order_id = ${orderId}::uuid ORDER BY position`
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
  const { id, orderId, idempotencyKey, fingerprint, amount } = head
  const skus = lines.map(({ sku }) => sku)
  const quantities = lines.map(({ quantity }) => quantity)
  await tx.execute`
    UPDATE order_line SET returned = returned + line.quantity
    FROM unnest(${skus}::text[], ${quantities}::int[]) AS line(sku, quantity)
    WHERE order_line.order_id = ${orderId}::uuid AND order_line.sku = line.sku`
  await tx.execute`
    INSERT INTO order_return (id, order_id, idempotency_key, fingerprint, amount, state, sequence)
    SELECT ${id}::uuid, ${orderId}::uuid, ${idempotencyKey}, ${fingerprint}, ${amount}, ${returnStates[0]},
           1 + (SELECT count(*) FROM order_return WHERE order_id = ${orderId}::uuid)`
  await tx.execute`
    INSERT INTO order_return_line (return_id, position, sku, quantity)
    SELECT ${id}::uuid, line.number - 1, line.sku, line.quantity
    FROM unnest(${skus}::text[], ${quantities}::int[]) WITH ORDINALITY AS line(sku, quantity, number)`
  await tx.execute`
    UPDATE checkout SET finished_at = NULL, due_at = clock_timestamp() WHERE order_id = ${orderId}::uuid`
  await tx.execute`SELECT pg_notify('checkout_due', ${orderId})`
}

function whyNot(state: OrderState): string {
  if (state === 'cancelling' || state === 'cancelled') return 'the whole order is cancelled: everything goes back'
  if (state === 'rejecting' || state === 'rejected') return 'the order was turned down: there is nothing to give back'
  return 'the order is still being decided: pieces of it can go back once it is confirmed, and the whole of it can be cancelled now'
}
