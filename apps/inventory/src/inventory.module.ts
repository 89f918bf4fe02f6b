import { DatabaseModule, MailModule, OutboxModule } from '@meshmart/service-kit'
import { Module } from '@nestjs/common'
import { CatalogueOpening } from './catalogue/opening.ts'
import { ProductEditing } from './catalogue/product-editing.ts'
import { ProductSearch } from './catalogue/product-search.ts'
import { ChannelFeeds } from './channel/channel-feeds.ts'
import { ChannelPublications } from './channel/channel-publications.ts'
import { ChannelsController } from './http/channels.controller.ts'
import { CsvBody } from './http/csv-body.ts'
import { ProductsController } from './http/products.controller.ts'
import { ReservationsController } from './http/reservations.controller.ts'
import { StaffProductsController } from './http/staff-products.controller.ts'
import { StockController } from './http/stock.controller.ts'
import { SupplyController } from './http/supply.controller.ts'
import { TransfersController } from './http/transfers.controller.ts'
import { EndReservation } from './reservation/end-reservation.ts'
import { ExpirySweep } from './reservation/expiry-sweep.ts'
import { ReserveStock } from './reservation/reserve.ts'
import { SettleReservation } from './reservation/settle.ts'
import { TakeBack } from './reservation/take-back.ts'
import { Replenishments } from './replenishment/replenishments.ts'
import { StockNews } from './stock/stock-news.ts'
import { StockTakes } from './stock/stock-takes.ts'
import { StockView } from './stock/stock-view.ts'
import { Transfers } from './transfers/transfers.ts'
import { Warnings } from './warnings/warnings.ts'
import { WarningWatch } from './warnings/warning-watch.ts'

@Module({
  imports: [DatabaseModule, OutboxModule, MailModule],
  controllers: [
    ProductsController,
    StaffProductsController,
    ReservationsController,
    StockController,
    TransfersController,
    ChannelsController,
    SupplyController,
  ],
  providers: [
    CatalogueOpening,
    ProductSearch,
    ProductEditing,
    ReserveStock,
    SettleReservation,
    TakeBack,
    EndReservation,
    ExpirySweep,
    StockView,
    Transfers,
    ChannelFeeds,
    ChannelPublications,
    CsvBody,
    StockNews,
    StockTakes,
    Replenishments,
    Warnings,
    WarningWatch,
  ],
})
export class InventoryModule {}
