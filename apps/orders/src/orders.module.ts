/** The orders service, put together. */
import { DatabaseModule, InboxModule, OutboxModule, ServiceClient } from '@meshmart/service-kit'
import { Module, type Provider } from '@nestjs/common'
import { CancelOrder } from './checkout/cancel-order.ts'
import { CheckoutDriver } from './checkout/driver.ts'
import { Partners } from './checkout/partners.ts'
import { Hands } from './checkout/hands.ts'
import { PlaceOrder } from './checkout/place-order.ts'
import { ReturnPieces } from './checkout/return-pieces.ts'
import { CheckoutWorker } from './checkout/worker.ts'
import { InventoryClient } from './clients/inventory.client.ts'
import { PaymentsClient } from './clients/payments.client.ts'
import { Notifications } from './events/notifications.ts'
import { OrderWatch } from './events/order-watch.ts'
import { PaymentExpiredHandler } from './events/payment-expired.ts'
import { CustomersController } from './http/customers.controller.ts'
import { OrderStreams } from './http/order-streams.ts'
import { OrdersController } from './http/orders.controller.ts'
import { StaffOrdersController } from './http/staff-orders.controller.ts'
import { CancellationStore } from './persistence/cancellation-store.ts'
import { CheckoutStore } from './persistence/checkout-store.ts'
import { ErasureStore } from './persistence/erasure-store.ts'
import { Figures } from './persistence/figures.ts'
import { OpenCheckouts } from './persistence/open-checkouts.ts'
import { OrderStore } from './persistence/order-store.ts'
import { ReturnStore } from './persistence/return-store.ts'
import { StaffActions } from './persistence/staff-actions.ts'
import { StaffOrderRows } from './persistence/staff-order-rows.ts'

/** Everything but the ways to other services. */
export const orderProviders: Provider[] = [
  Partners,
  OrderStore,
  ErasureStore,
  CheckoutStore,
  CancellationStore,
  ReturnStore,
  Notifications,
  OrderWatch,
  Hands,
  CheckoutDriver,
  CheckoutWorker,
  PlaceOrder,
  CancelOrder,
  ReturnPieces,
  OrderStreams,
  PaymentExpiredHandler,
  StaffOrderRows,
  StaffActions,
  Figures,
  OpenCheckouts,
]

export const orderControllers = [OrdersController, CustomersController, StaffOrdersController]

@Module({
  imports: [DatabaseModule, OutboxModule, InboxModule],
  controllers: orderControllers,
  providers: [
    ...orderProviders,
    { provide: InventoryClient, useFactory: () => new InventoryClient(new ServiceClient('http://inventory')) },
    { provide: PaymentsClient, useFactory: () => new PaymentsClient(new ServiceClient('http://payments')) },
  ],
})
export class OrdersModule {}
