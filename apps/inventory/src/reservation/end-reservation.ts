/**
 * An order has ended without its goods: whatever it holds or has bought goes back. That is remembered also where it has reserved nothing yet, because its request may still
 * be on its way: a hold that comes after the end would be nobody's, and keep goods from being sold until it expires.
 */
import { randomUUID } from 'node:crypto'
import type { Reservation } from '@meshmart/contracts'
import { CLOCK, type Clock, Database } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { insertReservation, lockReservationOfOrder } from '../persistence/reservation-rows.ts'
import { stockTransactionMs } from '../persistence/transaction.ts'
import { SettleReservation } from './settle.ts'
import { TakeBack } from './take-back.ts'

@Injectable()
export class EndReservation {
  constructor(
    private readonly database: Database,
    private readonly settlement: SettleReservation,
    private readonly takeBack: TakeBack,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Idempotent. The reservation that is answered is `released` or `returned`, whatever it was, and nothing leads out of these. */
  async end(orderId: string): Promise<Reservation> {
    const now = this.clock.now()
    const ended = { id: randomUUID(), orderId, state: 'released', expiresAt: now.toISOString() } as const
    return this.database.transaction(async (tx) => {
      // Waits for a reserve that is under way, and then finds what it made.
      if (await insertReservation(tx, ended, now)) return { ...ended, lines: [] }
      const reservation = await lockReservationOfOrder(tx, orderId)
      if (!reservation) throw new Error(`order ${orderId} had a reservation and has none`)
      if (reservation.state === 'confirmed') return this.takeBack.rest(tx, reservation)
      if (reservation.state === 'returned') return reservation
      return this.settlement.settleIn(tx, reservation.id, 'release')
    }, stockTransactionMs)
  }
}
