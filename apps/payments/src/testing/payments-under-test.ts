/** The payments service as it runs, on a database of its own; what the specs of this service share. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { CardToken, PaymentIntent, type Problem, testCards, type TestCard } from '@meshmart/contracts'
import { createTestApplication, createTestDatabase, startTestNats, type TestNats } from '@meshmart/service-kit/testing'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import pg from 'pg'
import { PaymentsModule } from '../payments.module.ts'
import { type AcquirerProcess, shared, startAcquirer } from './acquirer-process.ts'

export const orderAmount = { amount: 4_200, currency: 'EUR' }

export class PaymentsUnderTest {
  readonly logLines: string[] = []

  private constructor(
    readonly apps: NestFastifyApplication[],
    readonly acquirer: AcquirerProcess,
    private readonly nats: TestNats,
    /** As superuser. */
    readonly admin: pg.Client,
    /** As payments itself. */
    readonly self: pg.Client,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  static async start(replicas = 1, acquirerEnvironment: Record<string, string> = {}): Promise<PaymentsUnderTest> {
    const migrations = join(import.meta.dirname, '../../migrations')
    const database = await createTestDatabase({ service: 'payments', migrations })
    const acquirer = await startAcquirer(acquirerEnvironment)
    const nats = await startTestNats()
    const admin = new pg.Client({ connectionString: database.adminUrl })
    const self = new pg.Client({ connectionString: database.url })
    await Promise.all([admin.connect(), self.connect()])
    const under = new PaymentsUnderTest([], acquirer, nats, admin, self, () => database.drop())
    for (let replica = 0; replica < replicas; replica++) {
      under.apps.push(
        await createTestApplication({
          module: PaymentsModule,
          settings: {
            ...shared,
            MESH_WORKLOAD: 'payments',
            MESH_INSTANCE: `payments-${replica + 1}`,
            ACQUIRER_URL: acquirer.url,
            DATABASE_URL: database.url,
            DATABASE_POOL_SIZE: 8,
          },
          nats: nats.connection,
          logLines: (line) => under.logLines.push(line),
        }),
      )
    }
    return under
  }

  async stop(): Promise<void> {
    for (const app of this.apps) await app.close()
    await Promise.all([this.admin.end(), this.self.end()])
    await this.acquirer.stop()
    await this.nats.stop()
    await this.dropDatabase()
  }

  async post(
    path: string,
    body?: object,
    key: string = randomUUID(),
    replica = 0,
  ): Promise<{ status: number; body: unknown }> {
    const answer = await this.apps[replica]!.inject({
      method: 'POST',
      url: path,
      headers: { 'idempotency-key': key },
      ...(body ? { payload: body } : {}),
    })
    return { status: answer.statusCode, body: answer.json() }
  }

  async token(behaviour: TestCard['behaviour'], expiry = '12/99'): Promise<string> {
    const { number } = testCards.find((card) => card.behaviour === behaviour)!
    const answer = await this.post('/v1/tokens', { card: { number, expiry, cvc: '987' } })
    return CardToken.parse(answer.body).token
  }

  async pay(behaviour: TestCard['behaviour'], key?: string): Promise<{ status: number; intent: PaymentIntent }> {
    const body = { orderId: randomUUID(), amount: orderAmount, token: await this.token(behaviour) }
    const answer = await this.post('/v1/payments', body, key)
    return { status: answer.status, intent: PaymentIntent.parse(answer.body) }
  }

  async operate(
    id: string,
    operation: string,
    { key, amount, replica }: { key?: string; amount?: number; replica?: number } = {},
  ): Promise<{ status: number; body: Partial<PaymentIntent & Problem> }> {
    const asked = amount === undefined ? undefined : { amount: { amount, currency: 'EUR' } }
    const { status, body } = await this.post(`/v1/payments/${id}/${operation}`, asked, key, replica)
    return { status, body: body as Partial<PaymentIntent & Problem> }
  }

  /** What the acquirer's own books say of a payment. */
  async there(id: string): Promise<{ state: string; captured: number; refunded: number } | undefined> {
    const { rows } = await this.acquirer.books.query<{ state: string; captured: string; refunded: string }>(
      'SELECT state, captured, refunded FROM charge WHERE reference = $1',
      [id],
    )
    const [row] = rows
    return row && { state: row.state, captured: Number(row.captured), refunded: Number(row.refunded) }
  }

  async count(sql: string, ...values: unknown[]): Promise<number> {
    const { rows } = await this.admin.query<{ count: string }>(`SELECT count(*) ${sql}`, values)
    return Number(rows[0]?.count)
  }
}
