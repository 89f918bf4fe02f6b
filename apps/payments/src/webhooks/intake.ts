/**
 * What the acquirer tells by itself. It comes at least once, out of order, and may be a lie of somebody who has the secret: so it moves no money. It only makes us
 * ask the acquirer now, for what we would have asked later.
 */
import { AcquirerEvent } from '@meshmart/contracts'
import { type Clock, CLOCK, Database, Log, ProblemException, Retention, SETTINGS, sql } from '@meshmart/service-kit'
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common'
import { Reconciliation } from '../charging/reconciliation.ts'
import { PaymentOperations } from '../persistence/payment-operations.ts'
import type { PaymentsSettings } from '../settings.ts'
import { isSigned } from './signature.ts'

/** Replays within the signature's tolerance are what has to be known again; the rest is for whoever looks for a cause. */
const keptDays = 7

@Injectable()
export class WebhookIntake implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #secret: string
  readonly #retention: Retention
  constructor(
    @Inject(SETTINGS) { ACQUIRER_WEBHOOK_SECRET }: Pick<PaymentsSettings, 'ACQUIRER_WEBHOOK_SECRET'>,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly database: Database,
    private readonly operations: PaymentOperations,
    private readonly reconciliation: Reconciliation,
    log: Log,
  ) {
    const statement = sql`DELETE FROM webhook_event WHERE received_at < now() - make_interval(days => ${keptDays}::int)`
    this.#retention = new Retention(database, log, statement)
    this.#secret = ACQUIRER_WEBHOOK_SECRET
  }

  onApplicationBootstrap(): void {
    this.#retention.start()
  }

  onApplicationShutdown(): void {
    this.#retention.stop()
  }

  /** Throws ProblemException `wrong-signature`, `invalid-json`, `invalid-request`. Answers whether it is new. */
  async take(body: Buffer, signature: string | undefined): Promise<boolean> {
    if (!isSigned(signature, body, this.#secret, this.clock.now())) throw new ProblemException('wrong-signature')
    const { id, type, subject } = eventOf(body)
    const isNew = await this.database.transaction(async (tx) => {
      const written = await tx.execute`
        INSERT INTO webhook_event (id, type, payment_id) VALUES (${id}::uuid, ${type}, ${subject}::uuid) ON CONFLICT DO NOTHING`
      if (written === 0) return false
      await this.operations.hasten(tx, subject)
      if (type === 'charge.expired') await this.operations.inquire(tx, subject)
      return true
    })
    if (isNew) this.reconciliation.wake()
    return isNew
  }
}

function eventOf(body: Buffer): AcquirerEvent {
  let json: unknown
  try {
    json = JSON.parse(body.toString('utf8'))
  } catch {
    throw new ProblemException('invalid-json')
  }
  const parsed = AcquirerEvent.safeParse(json)
  if (parsed.success) return parsed.data
  const errors = parsed.error.issues.map(({ path }) => ({ field: path.join('.'), code: 'invalid' }))
  throw new ProblemException('invalid-request', { errors })
}
