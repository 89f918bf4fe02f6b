/** The settings of this service; the sidecar's are added by service-kit. */
import { ACQUIRER_HOST } from '@meshmart/contracts'
import { databaseSettingsShape, type SettingsOf } from '@meshmart/service-kit'
import { z } from 'zod'

const shared = z.string().min(32, 'must have at least 32 characters')

export const settings = z.object({
  ...databaseSettingsShape,
  /** By the mesh's name, in plain HTTP: the sidecar encrypts. */
  ACQUIRER_URL: z.url({ protocol: /^https?$/ }).default(`http://${ACQUIRER_HOST}`),
  ACQUIRER_API_KEY: shared,
  /** What the acquirer signs with when it tells us something. */
  ACQUIRER_WEBHOOK_SECRET: shared,
})
export type PaymentsSettings = SettingsOf<typeof settings>
