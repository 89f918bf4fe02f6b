/**
 * What is asked of the acquirer, as rows. One is written before the call and claimed by the replica that makes it; a replica that dies lets its lease run out, and
 * another one takes the operation up. All times are the database's: leases compare clocks of different replicas. Rows are locked payment first.
 */
import { Database, type Transaction } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import type { OperationKind } from '../domain/operations.ts'

/** Longer than one drive takes (charging/settlement.ts), so that a lease needs no renewal. */
export const LEASE_SECONDS = 10
/** After the acquirer was asked about a hold that seemed to have run out and had not. */
const INQUIRE_AGAIN_SECONDS = 60

/** The right to work on an operation until its lease ends. */
export interface Claim {
  readonly id: string
  readonly paymentId: string
  readonly kind: OperationKind
  /** Minor units. */
  readonly amount: number
  readonly attempts: number
  readonly fence: number
  readonly traceparent: string | null
}

/** The check constraint allows no other. */
export type OperationState = 'open' | 'done' | 'refused'

export interface NewOperation {
  readonly id: string
  readonly paymentId: string
  readonly kind: OperationKind
  readonly amount: number
  readonly traceparent: string | null
}

/** What SQL answers for a claim. */
interface ClaimRow extends Omit<Claim, 'amount'> {
  readonly amount: bigint
}

@Injectable()
export class PaymentOperations {
  constructor(private readonly database: Database) {}

  /** Written and claimed. Answers null where another one of the payment is under way that must end first. */
  async open(tx: Transaction, operation: NewOperation, worker: string): Promise<Claim | null> {
    const { id, paymentId, kind, amount, traceparent } = operation
    const written = await tx.execute`
      INSERT INTO payment_operation (id, payment_id, kind, amount, state, traceparent, claimed_by, lease_until, fence)
      VALUES (${id}::uuid, ${paymentId}::uuid, ${kind}, ${amount}::bigint, 'open', ${traceparent}, ${worker},
              clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}::float8), 1)
      ON CONFLICT DO NOTHING`
    return written === 1 ? { ...operation, attempts: 0, fence: 1 } : null
  }

  /** Claims the operation where it is open and nobody works on it. */
  async claim(id: string, worker: string): Promise<Claim | null> {
    const rows = await this.database.query<ClaimRow>`
      UPDATE payment_operation SET claimed_by = ${worker}, fence = fence + 1,
             lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}::float8)
      WHERE id = ${id}::uuid AND state = 'open' AND (lease_until IS NULL OR lease_until <= clock_timestamp())
      RETURNING id::text, payment_id::text AS "paymentId", kind, amount, attempts, fence, traceparent`
    return rows[0] ? claimOf(rows[0]) : null
  }

  /** Claims up to `limit` operations that are due and that nobody works on. */
  async claimDue(worker: string, limit: number): Promise<Claim[]> {
    const rows = await this.database.query<ClaimRow>`
      UPDATE payment_operation SET claimed_by = ${worker}, fence = fence + 1,
             lease_until = clock_timestamp() + make_interval(secs => ${LEASE_SECONDS}::float8)
      WHERE id IN (
        SELECT id FROM payment_operation
        WHERE state = 'open' AND due_at <= clock_timestamp() AND (lease_until IS NULL OR lease_until <= clock_timestamp())
        ORDER BY due_at LIMIT ${limit}::int FOR UPDATE SKIP LOCKED)
      RETURNING id::text, payment_id::text AS "paymentId", kind, amount, attempts, fence, traceparent`
    return rows.map(claimOf)
  }

  /** Gives a claim back; the operation is due again after a while. Nothing happens where the lease is lost already. */
  async postpone(claim: Claim, attempts: number, delayMs: number): Promise<void> {
    await this.database.execute`
      UPDATE payment_operation SET attempts = ${attempts}, claimed_by = NULL, lease_until = NULL,
             due_at = clock_timestamp() + make_interval(secs => ${delayMs / 1000}::float8)
      WHERE id = ${claim.id}::uuid AND fence = ${claim.fence} AND state = 'open'`
  }

  /** Whether the claim still holds. */
  async isHeld(claim: Claim): Promise<boolean> {
    const rows = await this.database.query<unknown>`
      SELECT FROM payment_operation WHERE id = ${claim.id}::uuid AND fence = ${claim.fence} AND state = 'open'`
    return rows.length > 0
  }

  async stateOf(id: string): Promise<OperationState> {
    const rows = await this.database.query<{ state: OperationState }>`
      SELECT state FROM payment_operation WHERE id = ${id}::uuid`
    if (rows[0] === undefined) throw new Error(`operation ${id} is not there`)
    return rows[0].state
  }

  /** Makes what is open for the payment and what nobody works on due now. */
  async hasten(tx: Transaction, paymentId: string): Promise<void> {
    await tx.execute`
      UPDATE payment_operation SET due_at = clock_timestamp()
      WHERE payment_id = ${paymentId}::uuid AND state = 'open' AND claimed_by IS NULL`
  }

  /** Writes an inquiry for the payment unless one is open. */
  async inquire(tx: Transaction, paymentId: string): Promise<void> {
    await tx.execute`
      INSERT INTO payment_operation (id, payment_id, kind, amount, state, traceparent)
      SELECT gen_random_uuid(), id, 'inquire', amount, 'open', traceparent FROM payment_intent WHERE id = ${paymentId}::uuid
      ON CONFLICT DO NOTHING`
  }

  /** Writes an inquiry for each hold that has run out by our clock and that nobody has asked about lately. */
  async inquireExpired(limit: number): Promise<void> {
    await this.database.execute`
      INSERT INTO payment_operation (id, payment_id, kind, amount, state, traceparent)
      SELECT gen_random_uuid(), i.id, 'inquire', i.amount, 'open', i.traceparent FROM payment_intent i
      WHERE i.state = 'authorised' AND i.expires_at <= clock_timestamp() AND NOT EXISTS (
        SELECT FROM payment_operation o WHERE o.payment_id = i.id AND o.kind = 'inquire'
          AND o.created_at > clock_timestamp() - make_interval(secs => ${INQUIRE_AGAIN_SECONDS}::float8))
      LIMIT ${limit}::int ON CONFLICT DO NOTHING`
  }
}

const claimOf = (row: ClaimRow): Claim => ({ ...row, amount: Number(row.amount) })
