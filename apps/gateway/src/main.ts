import 'reflect-metadata'
import { runService } from '@meshmart/service-kit'
import { GatewayModule } from './gateway.module.ts'
import { ingressOf, settings } from './settings.ts'

await runService({
  module: GatewayModule,
  settings,
  ingress: ingressOf,
})
