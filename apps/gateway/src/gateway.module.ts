import { DatabaseModule, InboxModule, MailModule } from '@meshmart/service-kit'
import { Module } from '@nestjs/common'
import { AccountExports } from './accounts/account-export.ts'
import { Accounts } from './accounts/accounts.ts'
import { Addresses } from './accounts/addresses.ts'
import { DemoAccounts } from './accounts/demo-accounts.ts'
import { Erasure } from './accounts/erasure.ts'
import { Profile } from './accounts/profile.ts'
import { SignInLimit } from './accounts/sign-in-limit.ts'
import { backOffice } from './back-office/back-office.ts'
import { BoughtLines } from './cart/bought-lines.ts'
import { CartLines } from './cart/cart-lines.ts'
import { Carts } from './cart/carts.ts'
import { Catalogue } from './catalogue/catalogue.ts'
import { InventoryClient } from './clients/inventory.client.ts'
import { MailboxClient } from './clients/mailbox.client.ts'
import { OrdersClient } from './clients/orders.client.ts'
import { TracesClient } from './clients/traces.client.ts'
import { UPSTREAMS, upstreams } from './clients/upstreams.ts'
import { OrderConfirmedHandler } from './events/order-confirmed.ts'
import { AccountController } from './http/account.controller.ts'
import { AccountsController } from './http/accounts.controller.ts'
import { AddressesController } from './http/addresses.controller.ts'
import { CartController } from './http/cart.controller.ts'
import { Edge } from './http/edge.ts'
import { HealthController } from './http/health.controller.ts'
import { OrderEventsController } from './http/order-events.controller.ts'
import { OrderReturnsController } from './http/order-returns.controller.ts'
import { OrdersController } from './http/orders.controller.ts'
import { ProductsController } from './http/products.controller.ts'
import { SessionController } from './http/session.controller.ts'
import { LiveStock } from './live-stock/live-stock.ts'
import { StockEventsController } from './live-stock/stock-events.controller.ts'
import { StockStreams } from './live-stock/stock-streams.ts'
import { OrderMails } from './mails/order-mails.ts'
import { OpenApiPages } from './openapi/document.ts'
import { Journeys } from './ordering/journeys.ts'
import { OpenStreams } from './ordering/open-streams.ts'
import { OwnOrders } from './ordering/own-orders.ts'
import { PlaceOrder } from './ordering/place-order.ts'
import { Expiry } from './sessions/expiry.ts'
import { Sessions } from './sessions/sessions.ts'
import { SignIn } from './sessions/sign-in.ts'
import { Visitors } from './sessions/visitors.ts'

/** Everything but where the neighbours are: tests put real servers on loopback in their place. */
export const gatewayParts = {
  imports: [DatabaseModule, InboxModule, MailModule],
  controllers: [
    ProductsController,
    AccountsController,
    AccountController,
    AddressesController,
    SessionController,
    CartController,
    OrdersController,
    OrderReturnsController,
    OrderEventsController,
    StockEventsController,
    HealthController,
    ...backOffice.controllers,
  ],
  providers: [
    InventoryClient,
    Catalogue,
    OrdersClient,
    TracesClient,
    MailboxClient,
    Accounts,
    DemoAccounts,
    SignInLimit,
    Profile,
    Addresses,
    AccountExports,
    Erasure,
    Sessions,
    SignIn,
    Visitors,
    Expiry,
    CartLines,
    BoughtLines,
    Carts,
    PlaceOrder,
    OwnOrders,
    Journeys,
    OpenStreams,
    OrderMails,
    OrderConfirmedHandler,
    LiveStock,
    StockStreams,
    Edge,
    OpenApiPages,
    ...backOffice.providers,
  ],
}

@Module({
  ...gatewayParts,
  providers: [...gatewayParts.providers, { provide: UPSTREAMS, useValue: upstreams }],
})
export class GatewayModule {}
