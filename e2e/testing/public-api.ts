/** The public API as its own document tells it, so that tests can walk all of it: an operation that is added later is walked too, or fails for want of a sample. */
import { randomUUID } from 'node:crypto'
import type { Answer, Customer } from './client.ts'
import { MUG, orderOf } from './client.ts'

export interface Operation {
  /** Such as `GET /api/v1/orders/{id}`. */
  readonly name: string
  readonly method: string
  readonly path: string
  /** Name of the schema of its body. */
  readonly body: string | undefined
  readonly query: readonly string[]
}

interface Described {
  readonly parameters?: readonly { name: string; in: string }[]
  readonly requestBody?: { content: Record<string, { schema: { $ref: string } }> }
}

/** Every operation of the running shop. */
export async function operationsOf(url: string): Promise<Operation[]> {
  const document = (await (await fetch(`${url}/api/docs-json`)).json()) as {
    paths: Record<string, Record<string, Described>>
  }
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters = [], requestBody }]) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      path,
      body: requestBody?.content['application/json']?.schema.$ref.split('/').at(-1),
      query: parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name),
    })),
  )
}

export const PASSWORD = 'correct horse battery'
/** A product that no test buys. */
export const QUIET = 'RUG-HARVEST'

/** A body that is in order, by the name of its schema. */
const samples: Record<string, () => object> = {
  AccountDeletion: () => ({ password: PASSWORD }),
  AddressEntry: () => orderOf(MUG).shippingAddress,
  // A sequence that no stream reaches: the walk must not throw an event of the shop away.
  DeadLetterChange: () => ({ sequences: [2 ** 52] }),
  CartUpdate: () => ({ items: [{ sku: MUG, quantity: 1 }] }),
  Credentials: () => ({ email: `${randomUUID()}@example.com`, password: PASSWORD }),
  // Nobody sells the mug for a cent: what the walk orders comes to nothing.
  OrderRequest: () => ({ ...orderOf(MUG), total: { amount: 1, currency: 'EUR' } }),
  PasswordChange: () => ({ currentPassword: PASSWORD, newPassword: `${PASSWORD} too` }),
  // Asked for without If-Match, so that the walk changes none.
  ProductEdit: () => ({
    name: { en: 'Walk', 'zh-CN': '走' },
    description: { en: 'Walk', 'zh-CN': '走' },
    category: 'garden',
    price: { amount: 100, currency: 'EUR' },
    reorderPoint: 1,
    forSale: true,
  }),
  ProfileUpdate: () => ({ name: 'Eve' }),
  // What staff order and move in the walk is a product that no other test counts.
  ReplenishmentRequest: () => ({
    id: randomUUID(),
    warehouse: 'central',
    expectedAt: '2099-01-01T00:00:00Z',
    note: 'walk',
    lines: [{ sku: QUIET, quantity: 1 }],
  }),
  StockTakeRequest: () => ({
    id: randomUUID(),
    warehouse: 'harbour',
    reason: 'walk',
    counts: [{ sku: QUIET, counted: 500 }],
  }),
  TransferRequest: () => ({
    id: randomUUID(),
    source: 'central',
    destination: 'harbour',
    note: 'walk',
    lines: [{ sku: QUIET, quantity: 1 }],
  }),
  ReturnRequest: () => ({ lines: [{ sku: MUG, quantity: 1 }] }),
  Registration: () => ({ email: `${randomUUID()}@example.com`, name: 'Eve', password: PASSWORD }),
}

/** Undefined for an operation without a body. Throws for a body that nobody has written a sample of. */
export function sampleOf({ name, body }: Operation): object | undefined {
  if (body === undefined) return undefined
  const sample = samples[body]
  if (sample === undefined) throw new Error(`${name} takes a ${body}: add a sample of it to e2e/testing/public-api.ts`)
  return sample()
}

/** Fills in the path's parameters. `idOf` throws for a path that it does not know. */
export const pathWith = ({ path }: Operation, idOf: (path: string) => string): string =>
  path.replace(/\{\w+\}/g, () => encodeURIComponent(idOf(path)))

export const ask = (
  who: Customer,
  operation: Operation,
  path: string,
  body: unknown = sampleOf(operation),
  headers: Record<string, string> = {},
): Promise<Answer> => who.call(operation.method, path, body, { 'idempotency-key': randomUUID(), ...headers })
