/** All that staff and admins reach over the API, below `/api/v1/admin`, in one list for the module. */
import { AuditVerdicts } from './audit-verdicts.ts'
import { DeadLetterDesk } from './dead-letter-desk.ts'
import { MailsController } from './mails.controller.ts'
import { OrdersDesk } from './orders-desk.ts'
import { ProductsDesk } from './products-desk.ts'
import { StaffEventsController } from './staff-events.controller.ts'
import { StaffNames } from './staff-names.ts'
import { StaffOrdersController } from './staff-orders.controller.ts'
import { StaffProductsController } from './staff-products.controller.ts'
import { StaffStockController } from './staff-stock.controller.ts'
import { StaffSupplyController } from './staff-supply.controller.ts'
import { StockDesk } from './stock-desk.ts'

export const backOffice = {
  controllers: [
    StaffOrdersController,
    StaffProductsController,
    StaffStockController,
    StaffSupplyController,
    StaffEventsController,
    MailsController,
  ],
  providers: [StaffNames, OrdersDesk, ProductsDesk, StockDesk, DeadLetterDesk, AuditVerdicts],
}
