import { Health } from '@meshmart/contracts'
import { Database, Log } from '@meshmart/service-kit'
import { Controller, Get, Header } from '@nestjs/common'
import { ApiOperation, ApiTags } from '@nestjs/swagger'
import { InventoryClient } from '../clients/inventory.client.ts'
import { OrdersClient } from '../clients/orders.client.ts'
import { guestCustomer } from '../domain/customer.ts'
import { Answers } from '../openapi/answers.ts'

const NOBODY = { customer: guestCustomer('00000000-0000-4000-8000-000000000000'), language: undefined }
const TIMEOUT_MS = 2_000

/**
 * Always 200 while the gateway answers: a shop with a sick part is degraded, not gone, and whoever balances on this address must not take the
 * page away that says so. Payments is not asked, because the gateway may not speak to it; orders is who notices.
 */
@ApiTags('health')
@Controller('api/v1/health')
export class HealthController {
  constructor(
    private readonly inventory: InventoryClient,
    private readonly orders: OrdersClient,
    private readonly database: Database,
    private readonly log: Log,
  ) {}

  @Get()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'How the shop is' })
  @Answers({
    status: 200,
    description: '`degraded` where a part that the gateway needs does not answer',
    schema: Health,
  })
  async getHealth(): Promise<Health> {
    const checks = Object.fromEntries(
      await Promise.all([
        this.#check('database', () => this.database.query`SELECT 1`),
        this.#check('inventory', () => this.inventory.products({ limit: 1 }, TIMEOUT_MS)),
        this.#check('orders', () => this.orders.list(NOBODY, { limit: 1, cursor: null }, TIMEOUT_MS)),
      ]),
    )
    return { status: Object.values(checks).every((check) => check === 'ok') ? 'ok' : 'degraded', checks }
  }

  async #check(name: string, ask: () => Promise<unknown>): Promise<[string, 'ok' | 'failing']> {
    try {
      await ask()
      return [name, 'ok']
    } catch (error) {
      this.log.warn('health: a part does not answer', { part: name, error })
      return [name, 'failing']
    }
  }
}
