import { Health } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { openShop, shop, visitor } from '../testing/open-shop.ts'

openShop()

describe('the edge', () => {
  it('serves the catalogue to anybody without a cookie', async () => {
    visitor.cookies.set('meshmart_session', 'forged')
    const answer = await visitor.ask('GET', '/api/v1/products?query=mug&limit=5')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['set-cookie']).toBeUndefined()
    expect(shop.neighbours.asked[0]).toMatchObject({ path: '/v1/products?query=mug&limit=5' })
    expect((await visitor.ask('GET', '/api/v1/products/MUG-DAWN')).json()).toMatchObject({ sku: 'MUG-DAWN' })
  })

  it('serves the storefront, its pages, and its files', async () => {
    const page = await visitor.ask('GET', '/orders/17', { headers: { accept: 'text/html' } })
    expect(page.statusCode).toBe(200)
    expect(page.body).toContain('<title>Meshmart</title>')
    expect(page.headers).toMatchObject({ 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff' })
    expect(page.headers['content-security-policy']).toContain("script-src 'self';")
    const script = await visitor.ask('GET', '/assets/app-1234.js')
    expect(script.headers['content-type']).toContain('javascript')
    expect(script.headers['cache-control']).toBe('public, max-age=31536000, immutable')
    expect((await visitor.ask('GET', '/assets/gone.js')).json()).toMatchObject({ status: 404 })
    expect((await visitor.ask('GET', '/..%2f..%2fetc/passwd')).statusCode).toBe(404)
    expect((await visitor.ask('POST', '/nothing', { body: {} })).json()).toMatchObject({ status: 404 })
    const written = await visitor.ask('POST', '/', { body: {} })
    expect(written.json()).toMatchObject({ status: 405, code: 'method-not-allowed' })
    expect(written.headers['allow']).toBe('GET, HEAD')
  })

  it('says how the shop is, and which part is sick', async () => {
    expect(Health.parse((await visitor.ask('GET', '/api/v1/health')).json())).toEqual({
      status: 'ok',
      checks: { database: 'ok', inventory: 'ok', orders: 'ok' },
    })
    shop.neighbours.broken.add('inventory')
    const sick = await visitor.ask('GET', '/api/v1/health')
    const shopping = await visitor.ask('GET', '/api/v1/products')
    shop.neighbours.broken.clear()
    expect(sick.statusCode).toBe(200)
    expect(sick.json()).toMatchObject({ status: 'degraded', checks: { inventory: 'failing', orders: 'ok' } })
    expect(shopping.json()).toMatchObject({ status: 503, code: 'upstream-unavailable' })
  })
})
