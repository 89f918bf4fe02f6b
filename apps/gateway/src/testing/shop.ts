/** The gateway as it runs, with a database, a NATS server and neighbours of its own; and a browser's cookie jar to ask it with. */
import { Database } from '@meshmart/service-kit'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTestApplication, createTestDatabase, startTestNats } from '@meshmart/service-kit/testing'
import { Module, type Type } from '@nestjs/common'
import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import pg from 'pg'
import { UPSTREAMS, type Upstreams } from '../clients/upstreams.ts'
import { gatewayParts } from '../gateway.module.ts'
import { mailboxKey, Neighbours } from './neighbours.ts'

export const sessionSecret = 'a secret of the tests that is long enough'
export const demoPassword = 'demo-password-of-the-tests'

export type Shop = Awaited<ReturnType<typeof startShop>>

/** @param more a controller of the test's own */
export async function startShop(more?: Type) {
  const neighbours = new Neighbours()
  const upstreams = await neighbours.start()
  const database = await createTestDatabase({
    service: 'gateway',
    migrations: join(import.meta.dirname, '../../migrations'),
  })
  const nats = await startTestNats()
  const storefront = buildStorefront()
  const logLines: string[] = []

  const app: NestFastifyApplication = await createTestApplication({
    module: atNeighbours(upstreams, more),
    settings: {
      MESH_WORKLOAD: 'gateway',
      DATABASE_URL: database.url,
      DATABASE_POOL_SIZE: 10,
      SESSION_SECRET: sessionSecret,
      STOREFRONT_DIR: storefront,
      DEMO_PASSWORD: demoPassword,
      MAIL_FROM: 'shop@meshmart.example',
      MAILBOX_API_KEY: mailboxKey,
    },
    nats: nats.connection,
    logLines: (line) => logLines.push(line),
  })
  return {
    app,
    neighbours,
    nats,
    logLines,
    database: app.get(Database),
    /** Runs SQL that the gateway itself has no right to. */
    owner: (sql: string): Promise<unknown> => runAs(database.ownerUrl, sql),
    async stop(): Promise<void> {
      await app.close()
      await Promise.all([neighbours.stop(), nats.stop()])
      await database.drop()
      rmSync(storefront, { recursive: true })
    },
  }
}

async function runAs(url: string, sql: string): Promise<unknown> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await client.query(sql)
  } finally {
    await client.end()
  }
}

function buildStorefront(): string {
  const folder = mkdtempSync(join(tmpdir(), 'meshmart-storefront-'))
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Meshmart</title>')
  writeFileSync(join(folder, 'assets/app-1234.js'), 'export {}')
  return folder
}

function atNeighbours(upstreams: Upstreams, more: Type | undefined): Type {
  @Module({
    ...gatewayParts,
    controllers: [...gatewayParts.controllers, ...(more === undefined ? [] : [more])],
    providers: [...gatewayParts.providers, { provide: UPSTREAMS, useValue: upstreams }],
  })
  class GatewayAtNeighbours {}
  return GatewayAtNeighbours
}

type Sent = { headers?: Record<string, string>; body?: unknown; raw?: string }

/** Keeps cookies like a browser. */
export class Visitor {
  readonly cookies = new Map<string, string>()

  constructor(private readonly app: NestFastifyApplication) {}

  async ask(method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH', path: string, { headers, body, raw }: Sent = {}) {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const response = await this.app.inject({
      method,
      url: path,
      headers: {
        ...(cookie === '' ? {} : { cookie }),
        ...(payload === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    })
    for (const set of response.cookies) {
      if (set.maxAge === 0 || set.value === '') this.cookies.delete(set.name)
      else this.cookies.set(set.name, encodeURIComponent(set.value))
    }
    return response
  }
}

export const purchase = (quantity = 1, sku = 'MUG-DAWN') => ({
  items: [{ sku, quantity }],
  payment: { card: { number: '4242 4242 4242 4242', expiry: '12/40', cvc: '123' } },
  shippingAddress: { name: 'Ada', line1: '1 Way', postalCode: '10115', city: 'Berlin', country: 'DE' },
  email: 'ada@example.org',
})
