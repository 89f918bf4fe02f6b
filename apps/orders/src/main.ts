import 'reflect-metadata'
import { runService } from '@meshmart/service-kit'
import { OrdersModule } from './orders.module.ts'
import { settings } from './settings.ts'

await runService({ module: OrdersModule, settings })
