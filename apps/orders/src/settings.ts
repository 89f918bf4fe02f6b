/** The settings of this service; the sidecar's are added by service-kit. */
import { databaseSettingsShape, type SettingsOf } from '@meshmart/service-kit'
import { z } from 'zod'

export const settings = z.object(databaseSettingsShape)
export type OrdersSettings = SettingsOf<typeof settings>
