/** The services that a checkout needs, as its steps see them. */
import { Inject, Injectable } from '@nestjs/common'
import { InventoryClient } from '../clients/inventory.client.ts'
import { PaymentsClient } from '../clients/payments.client.ts'

export type InventoryPort = Pick<InventoryClient, 'reserve' | 'confirm' | 'end' | 'takeBack' | 'describe'>
export type PaymentsPort = Pick<PaymentsClient, 'authorise' | 'find' | 'capture' | 'void' | 'refund' | 'refundPart'>

@Injectable()
export class Partners {
  constructor(
    @Inject(InventoryClient) readonly inventory: InventoryPort,
    @Inject(PaymentsClient) readonly payments: PaymentsPort,
  ) {}
}
