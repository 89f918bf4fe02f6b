import { IdempotencyModule, PrismaModule } from '@meshmart/service-kit'
import { Module } from '@nestjs/common'
import { Acquirer } from './acquirer/acquirer.ts'
import { DemoAcquirer } from './acquirer/demo-acquirer.ts'
import { Charging } from './charging/charging.ts'
import { Reconciliation } from './charging/reconciliation.ts'
import { Settlement } from './charging/settlement.ts'
import { PrismaClient } from './generated/prisma/client.ts'
import { PaymentsController } from './http/payments.controller.ts'
import { TokensController } from './http/tokens.controller.ts'
import { Ledger } from './ledger/ledger.ts'
import { PaymentIntents } from './persistence/payment-intents.ts'
import { Tokens } from './tokens/tokens.ts'

@Module({
  imports: [PrismaModule.forClient(PrismaClient), IdempotencyModule],
  controllers: [TokensController, PaymentsController],
  providers: [
    Tokens,
    Charging,
    Settlement,
    Reconciliation,
    PaymentIntents,
    Ledger,
    { provide: Acquirer, useClass: DemoAcquirer },
  ],
})
export class PaymentsModule {}
