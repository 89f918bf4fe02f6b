import { databaseSettingsShape, mailSettingsShape, type SettingsOf } from '@meshmart/service-kit'
import { z } from 'zod'

/** The sidecar's settings are added by `runService`. */
export const inventorySettings = z.object({
  ...databaseSettingsShape,
  ...mailSettingsShape,
  /** Who hears of stock that runs out. */
  STOCK_WARNING_RECIPIENT: z.email().default('stock@meshmart.example'),
})
export type InventorySettings = SettingsOf<typeof inventorySettings>
