/** The payments service as it runs, on a database of its own; what the specs of this service share. */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { CardToken, PaymentIntent, type Problem, testCards, type TestCard } from '@meshmart/contracts'
import { createTestApplication, createTestDatabase } from '@meshmart/service-kit/testing'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import pg from 'pg'
import { PaymentsModule } from '../payments.module.ts'

export const orderAmount = { amount: 4_200, currency: 'EUR' }

export class PaymentsUnderTest {
  readonly logLines: string[] = []

  private constructor(
    readonly apps: NestFastifyApplication[],
    /** As superuser. */
    readonly admin: pg.Client,
    /** As payments itself. */
    readonly self: pg.Client,
    private readonly dropDatabase: () => Promise<void>,
  ) {}

  static async start(replicas = 1): Promise<PaymentsUnderTest> {
    const migrations = join(import.meta.dirname, '../../prisma/migrations')
    const database = await createTestDatabase({ service: 'payments', migrations })
    const admin = new pg.Client({ connectionString: database.adminUrl })
    const self = new pg.Client({ connectionString: database.url })
    await Promise.all([admin.connect(), self.connect()])
    const under = new PaymentsUnderTest([], admin, self, () => database.drop())
    for (let replica = 0; replica < replicas; replica++) {
      under.apps.push(
        await createTestApplication({
          module: PaymentsModule,
          settings: { MESH_WORKLOAD: 'payments', DATABASE_URL: database.url, DATABASE_POOL_SIZE: 8 },
          logLines: (line) => under.logLines.push(line),
        }),
      )
    }
    return under
  }

  async stop(): Promise<void> {
    for (const app of this.apps) await app.close()
    await Promise.all([this.admin.end(), this.self.end()])
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
    key?: string,
  ): Promise<{ status: number; body: Partial<PaymentIntent & Problem> }> {
    const { status, body } = await this.post(`/v1/payments/${id}/${operation}`, undefined, key)
    return { status, body: body as Partial<PaymentIntent & Problem> }
  }

  async count(sql: string, ...values: unknown[]): Promise<number> {
    const { rows } = await this.admin.query<{ count: string }>(`SELECT count(*) ${sql}`, values)
    return Number(rows[0]?.count)
  }
}
