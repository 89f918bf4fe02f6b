import 'reflect-metadata'
import { runService } from '@meshmart/service-kit'
import { GatewayModule } from './gateway.module.ts'
import { settings } from './settings.ts'

await runService({
  module: GatewayModule,
  settings,
  ingress: ({ PUBLIC_ADDRESS, PUBLIC_PORT }) => ({
    address: PUBLIC_ADDRESS,
    port: PUBLIC_PORT,
    selector: 'istio-ingressgateway',
  }),
})
