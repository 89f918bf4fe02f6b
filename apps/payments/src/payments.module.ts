/** The payments service, put together. */
import { DatabaseModule, IdempotencyModule, OutboxModule } from '@meshmart/service-kit'
import { Module } from '@nestjs/common'
import { Acquirer } from './acquirer/acquirer.ts'
import { HttpAcquirer } from './acquirer/http-acquirer.ts'
import { Bookkeeping } from './charging/bookkeeping.ts'
import { Charging } from './charging/charging.ts'
import { Reconciliation } from './charging/reconciliation.ts'
import { Settlement } from './charging/settlement.ts'
import { PaymentsController } from './http/payments.controller.ts'
import { TokensController } from './http/tokens.controller.ts'
import { WebhooksController } from './http/webhooks.controller.ts'
import { PaymentIntents } from './persistence/payment-intents.ts'
import { PaymentOperations } from './persistence/payment-operations.ts'
import { KnownTokens } from './tokens/known-tokens.ts'
import { Tokens } from './tokens/tokens.ts'
import { WebhookIntake } from './webhooks/intake.ts'

@Module({
  imports: [DatabaseModule, IdempotencyModule, OutboxModule],
  controllers: [TokensController, PaymentsController, WebhooksController],
  providers: [
    Tokens,
    KnownTokens,
    Charging,
    Settlement,
    Bookkeeping,
    Reconciliation,
    PaymentIntents,
    PaymentOperations,
    WebhookIntake,
    { provide: Acquirer, useClass: HttpAcquirer },
  ],
})
export class PaymentsModule {}
