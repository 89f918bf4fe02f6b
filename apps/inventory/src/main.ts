import 'reflect-metadata'
import { runService } from '@meshmart/service-kit'
import { InventoryModule } from './inventory.module.ts'
import { inventorySettings } from './settings.ts'

await runService({ module: InventoryModule, settings: inventorySettings })
