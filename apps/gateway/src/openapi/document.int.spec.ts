import { Problem } from '@meshmart/contracts'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, it } from 'vitest'
import { openShop, visitor } from '../testing/open-shop.ts'

openShop()

describe('the OpenAPI document', () => {
  const operations = [
    ['get', '/api/v1/products', '200', null],
    ['get', '/api/v1/products/{sku}', '200', null],
    ['post', '/api/v1/accounts', '201', 'Registration'],
    ['get', '/api/v1/account', '200', null],
    ['patch', '/api/v1/account', '200', 'ProfileUpdate'],
    ['put', '/api/v1/account/password', '204', 'PasswordChange'],
    ['get', '/api/v1/account/export', '200', null],
    ['post', '/api/v1/account/deletion', '204', 'AccountDeletion'],
    ['get', '/api/v1/account/addresses', '200', null],
    ['post', '/api/v1/account/addresses', '201', 'AddressEntry'],
    ['get', '/api/v1/account/addresses/{id}', '200', null],
    ['put', '/api/v1/account/addresses/{id}', '200', 'AddressEntry'],
    ['delete', '/api/v1/account/addresses/{id}', '204', null],
    ['post', '/api/v1/session', '201', 'Credentials'],
    ['get', '/api/v1/session', '200', null],
    ['delete', '/api/v1/session', '204', null],
    ['get', '/api/v1/cart', '200', null],
    ['put', '/api/v1/cart', '200', 'CartUpdate'],
    ['post', '/api/v1/orders', '201', 'OrderRequest'],
    ['get', '/api/v1/orders', '200', null],
    ['get', '/api/v1/orders/{id}', '200', null],
    ['get', '/api/v1/orders/{id}/events', '200', null],
    ['get', '/api/v1/orders/{id}/journey', '200', null],
    ['post', '/api/v1/orders/{id}/cancel', '200', null],
    ['post', '/api/v1/orders/{id}/returns', '201', 'ReturnRequest'],
    ['get', '/api/v1/stock/events', '200', null],
    ['get', '/api/v1/admin/mails', '200', null],
    ['get', '/api/v1/admin/mails/{id}', '200', null],
    ['get', '/api/v1/health', '200', null],
    ['get', '/api/v1/admin/orders', '200', null],
    ['get', '/api/v1/admin/orders/{id}', '200', null],
    ['post', '/api/v1/admin/orders/{id}/cancel', '200', null],
    ['post', '/api/v1/admin/orders/{id}/returns', '200', 'ReturnRequest'],
    ['post', '/api/v1/admin/orders/{id}/retry', '200', null],
    ['get', '/api/v1/admin/figures', '200', null],
    ['get', '/api/v1/admin/products', '200', null],
    ['get', '/api/v1/admin/products/{sku}', '200', null],
    ['put', '/api/v1/admin/products/{sku}', '200', 'ProductEdit'],
    ['get', '/api/v1/admin/stock/{sku}', '200', null],
    ['get', '/api/v1/admin/stock/{sku}/movements', '200', null],
    ['get', '/api/v1/admin/stock-warnings', '200', null],
    ['post', '/api/v1/admin/stock-takes', '200', 'StockTakeRequest'],
    ['get', '/api/v1/admin/transfers', '200', null],
    ['post', '/api/v1/admin/transfers', '200', 'TransferRequest'],
    ['post', '/api/v1/admin/transfers/{id}/ship', '200', null],
    ['post', '/api/v1/admin/transfers/{id}/receive', '200', null],
    ['post', '/api/v1/admin/transfers/{id}/cancel', '200', null],
    ['get', '/api/v1/admin/replenishments', '200', null],
    ['post', '/api/v1/admin/replenishments', '200', 'ReplenishmentRequest'],
    ['post', '/api/v1/admin/replenishments/{id}/arrive', '200', null],
    ['post', '/api/v1/admin/replenishments/{id}/cancel', '200', null],
    ['get', '/api/v1/admin/dead-letters', '200', null],
    ['post', '/api/v1/admin/dead-letters/replay', '200', 'DeadLetterChange'],
    ['post', '/api/v1/admin/dead-letters/discard', '200', 'DeadLetterChange'],
    ['get', '/api/v1/admin/audit', '200', null],
  ] as const

  type Operation = {
    requestBody?: { content: Record<string, { schema: object }> }
    responses: Record<
      string,
      { content?: Record<string, { schema?: object; examples?: Record<string, { value: unknown }> }> }
    >
    operationId: string
    parameters?: { name: string; in: string }[]
  }
  const read = async () =>
    (await visitor.ask('GET', '/api/docs-json')).json<{
      paths: Record<string, Record<string, Operation>>
      components: { schemas: Record<string, unknown> }
    }>()

  it('has every public operation with its schemas and its problems, and nothing else', async () => {
    const { paths, components } = await read()
    const found = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    )
    expect(found.sort()).toEqual(operations.map(([method, path]) => `${method} ${path}`).sort())
    for (const [method, path, status, body] of operations) {
      const operation = paths[path]![method]!
      if (body) {
        expect(operation.requestBody?.content['application/json']?.schema, path).toEqual({
          $ref: `#/components/schemas/${body}`,
        })
        expect(components.schemas, body).toHaveProperty(body)
      }
      const answers = Object.values(operation.responses[status]?.content ?? {})
      expect(answers.length > 0 && answers.every((answer) => answer.schema), `${method} ${path}`).toBe(status !== '204')
      const problems = Object.entries(operation.responses).filter(([code]) => Number(code) >= 400)
      expect(problems.length).toBeGreaterThan(0)
      for (const [status, { content }] of problems) {
        expect(Object.keys(content ?? {})).toEqual(['application/problem+json'])
        const { schema, examples = {} } = content!['application/problem+json']!
        expect(schema).toEqual({ $ref: '#/components/schemas/Problem' })
        expect(Object.keys(examples).length).toBeGreaterThan(0)
        for (const [code, { value }] of Object.entries(examples))
          expect(Problem.parse(value)).toMatchObject({ code, status: Number(status) })
      }
    }
    expect(paths['/api/v1/orders']!['post']!.parameters).toMatchObject([{ name: 'Idempotency-Key', in: 'header' }])
    expect(paths['/api/v1/products']!['get']!.parameters?.map((each) => each.name)).toEqual([
      'query',
      'category',
      'limit',
      'cursor',
    ])
  })

  it('is valid OpenAPI 3.1, and every operation has a name of its own', async () => {
    const document = await read()
    expect(document).toMatchObject({ openapi: '3.1.1' })
    expect(await new Validator().validate(document as object as Record<string, unknown>)).toEqual({ valid: true })
    const names = Object.values(document.paths).flatMap((methods) => Object.values(methods).map((o) => o.operationId))
    expect(new Set(names).size).toBe(names.length)
  })

  // `npm run docs:openapi` writes it anew; clients are generated from it.
  it('is the one that stands in the contracts', async () => {
    const text = `${JSON.stringify(await read(), null, 2)}\n`
    await expect(text).toMatchFileSnapshot('../../../../libs/contracts/openapi.json')
  })

  it('refers to nothing that it does not have', async () => {
    const document = await read()
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/([^"]+)"/g)].map(
      (match) => match[1],
    )
    expect(JSON.stringify(document)).not.toMatch(/"#\/(?!components\/schemas\/)|"definitions"|"\$defs"/)
    expect([...new Set(references)].filter((name) => !(name! in document.components.schemas))).toEqual([])
  })

  it('has a page that a browser may show', async () => {
    const page = await visitor.ask('GET', '/api/docs', { headers: { accept: 'text/html' } })
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('swagger-ui')
    expect(page.body).not.toMatch(/<script(?![^>]*src=)/)
    for (const [, source] of page.body.matchAll(/<script src="\.?\/?([^"]+)"/g))
      expect((await visitor.ask('GET', `/api/${source!.replace(/^docs\//, 'docs/')}`)).statusCode, source).toBe(200)
  })
})
