/** The services that a checkout needs, as its steps see them. */
import { Injectable } from '@nestjs/common'
import { InventoryClient } from '../clients/inventory.client.ts'
import { PaymentsClient } from '../clients/payments.client.ts'

@Injectable()
export class Partners {
  constructor(
    readonly inventory: InventoryClient,
    readonly payments: PaymentsClient,
  ) {}
}
