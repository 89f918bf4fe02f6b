/** Replicas of the orders service on one real database and one real NATS, between neighbours that the test can meddle with. */
import 'reflect-metadata'
import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Order, type OrderRequest } from '@meshmart/contracts'
import { DatabaseModule, InboxModule, OutboxModule, ServiceClient } from '@meshmart/service-kit'
import {
  createTestApplication,
  createTestDatabase,
  startTestNats,
  type TestDatabase,
  type TestNats,
} from '@meshmart/service-kit/testing'
import { Module, type Provider } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import pg from 'pg'
import { InventoryClient } from '../clients/inventory.client.ts'
import { PaymentsClient } from '../clients/payments.client.ts'
import { orderControllers, orderProviders } from '../orders.module.ts'
import { InventoryStandIn } from './inventory-stand-in.ts'
import { PaymentsStandIn } from './payments-stand-in.ts'

const migrations = fileURLToPath(new URL('../../migrations', import.meta.url))

export type Replica = NestFastifyApplication

export class OrdersRig {
  readonly replicas: Replica[] = []
  readonly logLines: string[] = []
  private constructor(
    readonly database: TestDatabase,
    readonly nats: TestNats,
    readonly inventory: InventoryStandIn,
    readonly payments: PaymentsStandIn,
    readonly sql: pg.Pool,
  ) {}

  static async open(): Promise<OrdersRig> {
    const database = await createTestDatabase({ service: 'orders', migrations })
    const nats = await startTestNats()
    const sql = new pg.Pool({ connectionString: database.adminUrl, max: 2 })
    return new OrdersRig(database, nats, await new InventoryStandIn().open(), await new PaymentsStandIn().open(), sql)
  }

  /** `replaced` stands in for providers of the same token; `shutdown` aborts as it does when the process is told to stop. */
  async startReplica(name: string, replaced: Provider[] = [], shutdown?: AbortSignal): Promise<Replica> {
    const { inventory, payments } = this
    class ReplicaModule {}
    Module({
      imports: [DatabaseModule, OutboxModule, InboxModule],
      controllers: orderControllers,
      providers: [
        ...orderProviders,
        { provide: InventoryClient, useFactory: () => new InventoryClient(new ServiceClient(inventory.url)) },
        { provide: PaymentsClient, useFactory: () => new PaymentsClient(new ServiceClient(payments.url)) },
        ...replaced,
      ],
    })(ReplicaModule)
    const settings = Object.freeze({
      MESH_WORKLOAD: 'orders',
      MESH_INSTANCE: name,
      DATABASE_URL: this.database.url,
      DATABASE_POOL_SIZE: 10,
    })
    const replica = await createTestApplication({
      module: ReplicaModule,
      settings,
      nats: this.nats.connection,
      ...(shutdown === undefined ? {} : { shutdown }),
      logLines: (line) => this.logLines.push(line),
    })
    this.replicas.push(replica)
    return replica
  }

  /** What was done to an order elsewhere, in order: at inventory, then at payments. */
  effectsOf(orderId: string): string[] {
    return [...this.inventory.effectsOf(orderId), ...this.payments.effectsOf(orderId)]
  }

  async rows<T>(text: string, ...values: unknown[]): Promise<T[]> {
    return (await this.sql.query(text, values)).rows as T[]
  }

  async close(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.close()))
    await Promise.all([this.inventory.close(), this.payments.close(), this.sql.end()])
    await this.nats.stop()
    await this.database.drop()
  }
}

export const guest = (): string => `guest:${randomUUID()}`

export const orderRequest = (change: { card?: string; items?: OrderRequest['items']; expiry?: string } = {}) => ({
  items: change.items ?? [
    { sku: 'MUG-DAWN', quantity: 2 },
    { sku: 'LAMP-REED', quantity: 1 },
  ],
  payment: { card: { number: change.card ?? '4242424242424242', expiry: change.expiry ?? '12/30', cvc: '737' } },
  shippingAddress: { name: 'Ada Lovelace', line1: 'Elm Street 1', postalCode: '10115', city: 'Berlin', country: 'DE' },
  email: 'ada@example.com',
})

export interface Placed {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly headers: Record<string, unknown>
}

export async function place(
  replica: Replica,
  customer: string,
  request: object,
  key: string = randomUUID(),
): Promise<Placed> {
  const answer = await replica.inject({
    method: 'POST',
    url: '/v1/orders',
    headers: { 'x-customer-id': customer, 'idempotency-key': key },
    payload: request,
  })
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers }
}

export async function cancel(replica: Replica, customer: string, id: string): Promise<Placed> {
  const answer = await replica.inject({
    method: 'POST',
    url: `/v1/orders/${id}/cancel`,
    headers: { 'x-customer-id': customer },
  })
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers }
}

export async function giveBack(
  replica: Replica,
  customer: string,
  id: string,
  lines: OrderRequest['items'],
  key: string = randomUUID(),
): Promise<Placed> {
  const answer = await replica.inject({
    method: 'POST',
    url: `/v1/orders/${id}/returns`,
    headers: { 'x-customer-id': customer, 'idempotency-key': key },
    payload: { lines },
  })
  return { status: answer.statusCode, body: answer.json(), headers: answer.headers }
}

export async function ordersOf(replica: Replica, customer: string): Promise<Order[]> {
  const answer = await replica.inject({ method: 'GET', url: '/v1/orders', headers: { 'x-customer-id': customer } })
  return Order.array().parse(answer.json<{ items: unknown }>().items)
}

export const statesOf = (order: Order): string[] => order.history.map(({ state }) => state)
