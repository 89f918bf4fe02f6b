/**
 * Gives back what abandoned checkouts hold. Every replica sweeps; a hold is skipped while another replica works on it, so none is
 * expired twice and no replica has to be the leader. One hold, one transaction: a sweep never keeps buyers waiting for more than one order's rows.
 */
import { CLOCK, type Clock, Database, Log } from '@meshmart/service-kit'
import { type BeforeApplicationShutdown, Inject, Injectable, type OnApplicationBootstrap } from '@nestjs/common'
import { claimOverdue } from '../persistence/reservation-rows.ts'
import { stockTransactionMs } from '../persistence/transaction.ts'
import { SettleReservation } from './settle.ts'

const sweepEveryMs = 5_000

@Injectable()
export class ExpirySweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()
  #stopping = false

  constructor(
    private readonly database: Database,
    private readonly settlement: SettleReservation,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  onApplicationBootstrap(): void {
    this.#schedule()
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stopping = true
    clearTimeout(this.#timer)
    await this.#running
  }

  /** Expires what is overdue now and returns how many holds that were. */
  async sweep(): Promise<number> {
    let expired = 0
    while (!this.#stopping && (await this.#expireOne())) expired++
    return expired
  }

  #expireOne(): Promise<boolean> {
    return this.database.transaction(async (tx) => {
      const id = await claimOverdue(tx, this.clock.now())
      if (id === undefined) return false
      await this.settlement.settleIn(tx, id, 'expire')
      return true
    }, stockTransactionMs)
  }

  /** The next sweep begins a while after this one has ended, however long it took. */
  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#running = this.#sweepAndSay().then(() => {
        if (!this.#stopping) this.#schedule()
      })
    }, sweepEveryMs)
  }

  async #sweepAndSay(): Promise<void> {
    try {
      const expired = await this.sweep()
      if (expired > 0) this.log.info('reservations expired', { expired })
    } catch (error) {
      this.log.warn('the expiry sweep failed and will run again', { error, inMs: sweepEveryMs })
    }
  }
}
