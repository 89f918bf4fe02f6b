import { runService } from '@meshmart/service-kit'
import { PaymentsModule } from './payments.module.ts'
import { settings } from './settings.ts'

await runService({ module: PaymentsModule, settings })
