/** The acquirer on a database of its own, with a merchant that listens to what it is told. */
import { createHmac, randomUUID } from 'node:crypto'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { AcquirerEvent, Charge, CardToken, testCards, type TestCard } from '@meshmart/contracts'
import { createTestDatabase, type TestDatabase } from '@meshmart/service-kit/testing'
import pg from 'pg'
import { startAcquirer, type Acquirer } from '../acquirer.ts'
import { readSettings } from '../settings.ts'

export const apiKey = 'the-api-key-of-the-test-merchant-0000'
const webhookSecret = 'the-webhook-secret-of-the-test-merchant'
export const euros = (amount: number) => ({ amount, currency: 'EUR' })

export interface Heard {
  readonly event: AcquirerEvent
  readonly secondsOff: number
  readonly signed: boolean
}

export class AcquirerUnderTest {
  readonly heard: Heard[] = []
  /** What the merchant answers to the next webhooks. */
  webhookStatus = 204
  private constructor(
    readonly acquirer: Acquirer,
    readonly database: TestDatabase,
    readonly sql: pg.Pool,
    private readonly merchant: http.Server,
  ) {}

  static async start(environment: Record<string, string> = {}): Promise<AcquirerUnderTest> {
    const migrations = join(import.meta.dirname, '../../migrations')
    const database = await createTestDatabase({ service: 'acquirer', migrations })
    const merchant = http.createServer()
    await new Promise<void>((resolve) => merchant.listen(0, '127.0.0.1', resolve))
    const acquirer = await startAcquirer(
      readSettings({
        ACQUIRER_PORT: '0',
        ACQUIRER_API_KEY: apiKey,
        ACQUIRER_WEBHOOK_SECRET: webhookSecret,
        ACQUIRER_WEBHOOK_URL: `http://127.0.0.1:${(merchant.address() as AddressInfo).port}/webhooks`,
        DATABASE_URL: database.url,
        LOG_LEVEL: 'error',
        ...environment,
      }),
    )
    const under = new AcquirerUnderTest(
      acquirer,
      database,
      new pg.Pool({ connectionString: database.adminUrl }),
      merchant,
    )
    merchant.on('request', (request, response) => void under.#hear(request, response))
    return under
  }

  async stop(): Promise<void> {
    await this.acquirer.stop()
    this.merchant.closeAllConnections()
    await new Promise((resolve) => this.merchant.close(resolve))
    await this.sql.end()
    await this.database.drop()
  }

  async ask(method: string, path: string, body?: object, key = apiKey): Promise<{ status: number; body: unknown }> {
    const response = await fetch(`http://127.0.0.1:${this.acquirer.port}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}` },
      signal: AbortSignal.timeout(1_500),
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    return { status: response.status, body: await response.json() }
  }

  async pull(levers: object): Promise<number> {
    const url = `http://127.0.0.1:${this.acquirer.adminPort}/levers`
    return (await fetch(url, { method: 'POST', body: JSON.stringify(levers) })).status
  }

  async token(behaviour: TestCard['behaviour'] = 'approve'): Promise<string> {
    const { number } = testCards.find((card) => card.behaviour === behaviour)!
    return CardToken.parse(
      (await this.ask('POST', '/v1/tokens', { card: { number, expiry: '12/99', cvc: '987' } })).body,
    ).token
  }

  async charge(amount = 1_000, behaviour: TestCard['behaviour'] = 'approve'): Promise<Charge> {
    const body = { reference: randomUUID(), token: await this.token(behaviour), amount: euros(amount) }
    return Charge.parse((await this.ask('POST', '/v1/charges', body)).body)
  }

  operate(charge: string, kind: string, amount: number, reference: string = randomUUID()) {
    return this.ask('POST', `/v1/charges/${charge}/operations`, { reference, kind, amount: euros(amount) })
  }

  async #hear(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks).toString()
    const [, t = '', v1 = ''] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(request.headers['acquirer-signature'])) ?? []
    this.heard.push({
      event: AcquirerEvent.parse(JSON.parse(body)),
      secondsOff: Math.round(Number(t) - Date.now() / 1000),
      signed: createHmac('sha256', webhookSecret).update(`${t}.${body}`).digest('hex') === v1,
    })
    response.writeHead(this.webhookStatus).end()
  }
}
