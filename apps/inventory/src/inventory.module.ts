import { OutboxModule, PrismaModule } from '@meshmart/service-kit'
import { Module } from '@nestjs/common'
import { CatalogueOpening } from './catalogue/opening.ts'
import { ProductSearch } from './catalogue/product-search.ts'
import { PrismaClient } from './generated/prisma/client.ts'
import { ProductsController } from './http/products.controller.ts'
import { ReservationsController } from './http/reservations.controller.ts'
import { StockController } from './http/stock.controller.ts'
import { TransfersController } from './http/transfers.controller.ts'
import { ExpirySweep } from './reservation/expiry-sweep.ts'
import { ReserveStock } from './reservation/reserve.ts'
import { SettleReservation } from './reservation/settle.ts'
import { StockView } from './stock/stock-view.ts'
import { Transfers } from './transfers/transfers.ts'

@Module({
  imports: [PrismaModule.forClient(PrismaClient), OutboxModule],
  controllers: [ProductsController, ReservationsController, StockController, TransfersController],
  providers: [CatalogueOpening, ProductSearch, ReserveStock, SettleReservation, ExpirySweep, StockView, Transfers],
})
export class InventoryModule {}
