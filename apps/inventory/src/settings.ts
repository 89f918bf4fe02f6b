import { databaseSettingsShape } from '@meshmart/service-kit'
import { z } from 'zod'

/** Inventory needs its database and nothing else; the sidecar's settings are added by `runService`. */
export const inventorySettings = z.object(databaseSettingsShape)
