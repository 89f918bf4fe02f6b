import { databaseSettingsShape } from '@meshmart/service-kit'
import { z } from 'zod'

export const settings = z.object(databaseSettingsShape)
