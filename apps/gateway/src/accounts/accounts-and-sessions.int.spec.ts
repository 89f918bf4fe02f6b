import { Session } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { Expiry } from '../sessions/expiry.ts'
import { hashSessionId, signSessionId } from '../sessions/session-cookie.ts'
import { email, key, openShop, password, put, shop, visitor } from '../testing/open-shop.ts'
import { demoPassword, purchase, sessionSecret } from '../testing/shop.ts'

openShop()

describe('accounts and sessions', () => {
  it('registers, says who is signed in, signs out, and signs in again', async () => {
    const address = email()
    const registered = await visitor.ask('POST', '/api/v1/accounts', {
      body: { email: address.toUpperCase(), name: 'Ada', password },
    })
    expect(registered.statusCode).toBe(201)
    expect(registered.json()).toMatchObject({ email: address, name: 'Ada', role: 'customer' })
    expect(registered.headers['set-cookie']).toMatch(
      /^meshmart_session=[^;]+; Max-Age=2592000; Path=\/; HttpOnly; SameSite=Lax$/,
    )
    expect(Session.parse((await visitor.ask('GET', '/api/v1/session')).json()).account?.email).toBe(address)

    const left = new Map(visitor.cookies)
    expect((await visitor.ask('DELETE', '/api/v1/session')).statusCode).toBe(204)
    expect(visitor.cookies.size).toBe(0)
    expect((await visitor.ask('GET', '/api/v1/session')).json()).toEqual({ account: null })
    for (const [name, value] of left) visitor.cookies.set(name, value)
    expect((await visitor.ask('GET', '/api/v1/session')).json()).toMatchObject({ status: 401, code: 'invalid-session' })
    expect(visitor.cookies.size).toBe(0)

    const signedIn = await visitor.ask('POST', '/api/v1/session', { body: { email: address, password } })
    expect(signedIn.statusCode).toBe(201)
    expect(Session.parse(signedIn.json()).account?.name).toBe('Ada')
  })

  it('marks the cookie Secure for readers who came over HTTPS', async () => {
    const headers = { 'x-forwarded-proto': 'https' }
    const answer = await visitor.ask('PUT', '/api/v1/cart', { headers, body: { items: [] } })
    expect(answer.headers['set-cookie']).toMatch(/; Secure/)
    expect(answer.headers['strict-transport-security']).toBeDefined()
  })

  it('keeps neither session ids nor passwords in the database', async () => {
    await visitor.ask('POST', '/api/v1/accounts', { body: { email: email(), name: 'Ada', password } })
    const id = decodeURIComponent(visitor.cookies.get('meshmart_session')!).split('.')[0]!
    const stored = JSON.stringify([
      await shop.database.query`SELECT * FROM "session"`,
      await shop.database.query`SELECT * FROM "account"`,
    ])
    expect(stored).not.toContain(password)
    const plain = Buffer.from(id, 'base64url')
    expect(await shop.database.query`SELECT FROM "session" WHERE "id_hash" = ${plain}`).toEqual([])
  })

  it('answers an unknown e-mail like a wrong password, and a taken one with a conflict', async () => {
    const address = email()
    await visitor.ask('POST', '/api/v1/accounts', { body: { email: address, name: 'Ada', password } })
    const wrong = await visitor.ask('POST', '/api/v1/session', { body: { email: address, password: 'wrong' } })
    const unknown = await visitor.ask('POST', '/api/v1/session', { body: { email: email(), password: 'wrong' } })
    expect(wrong.statusCode).toBe(401)
    expect({ ...wrong.json(), traceId: '' }).toEqual({ ...unknown.json(), traceId: '' })
    const taken = await visitor.ask('POST', '/api/v1/accounts', { body: { email: address, name: 'Eve', password } })
    expect(taken.json()).toMatchObject({
      status: 409,
      code: 'email-taken',
      errors: [{ field: 'email', code: 'taken' }],
    })
  })

  it('slows down who tries passwords, and only there', async () => {
    const address = email()
    const attempt = (from: string) =>
      visitor.ask('POST', '/api/v1/session', {
        headers: { 'x-forwarded-for': `1.2.3.4, ${from}` },
        body: { email: address, password: 'wrong' },
      })
    for (let i = 0; i < 10; i++) expect((await attempt('192.0.2.1')).statusCode).toBe(401)
    const refused = await attempt('192.0.2.1')
    expect(refused.json()).toMatchObject({ status: 429, code: 'too-many-requests' })
    expect(refused.headers['retry-after']).toBe('300')
    expect((await attempt('192.0.2.2')).statusCode).toBe(401)
  })

  it.each([
    ['unsigned', 'abc'],
    ['signed by somebody else', signSessionId('abc', 'another secret of 32 bytes or more')],
    ['signed, but never given out', signSessionId('abc', sessionSecret)],
  ])('refuses a cookie that is %s, takes it away, and does nothing', async (_what, value) => {
    for (const [method, path, body] of [
      ['GET', '/api/v1/session', undefined],
      ['GET', '/api/v1/orders', undefined],
      ['PUT', '/api/v1/cart', { items: [] }],
      ['POST', '/api/v1/orders', purchase()],
    ] as const) {
      visitor.cookies.set('meshmart_session', encodeURIComponent(value))
      const answer = await visitor.ask(method, path, { body, headers: key() })
      expect(answer.json(), path).toMatchObject({ status: 401, code: 'invalid-session' })
      expect(visitor.cookies.size).toBe(0)
    }
    expect(shop.neighbours.asked).toEqual([])
  })

  it('makes the demo accounts with the password that it was given', async () => {
    for (const [address, role] of [
      ['demo@meshmart.example', 'customer'],
      ['staff@meshmart.example', 'staff'],
      ['admin@meshmart.example', 'admin'],
    ]) {
      const answer = await visitor.ask('POST', '/api/v1/session', { body: { email: address, password: demoPassword } })
      expect(Session.parse(answer.json()).account).toMatchObject({ email: address, role })
    }
  })
})

describe('expiry', () => {
  it('ends sessions after thirty days, and forgets what nobody can come back to', async () => {
    await put([{ sku: 'MUG-DAWN', quantity: 1 }])
    const past = new Date(Date.now() - 31 * 24 * 3_600_000)
    const id = decodeURIComponent(visitor.cookies.get('meshmart_session')!).split('.')[0]!
    const [session] = await shop.database.query<{ guestId: string }>`
      SELECT "guest_id" AS "guestId" FROM "session" WHERE "id_hash" = ${hashSessionId(id)}`
    const { guestId } = session!
    await shop.owner(`UPDATE session SET expires_at = '${past.toISOString()}' WHERE guest_id = '${guestId}'`)
    await shop.owner(`UPDATE cart_line SET updated_at = '${past.toISOString()}' WHERE customer_id = 'guest:${guestId}'`)
    expect((await visitor.ask('GET', '/api/v1/cart')).json()).toMatchObject({ status: 401, code: 'invalid-session' })
    await shop.app.get(Expiry).sweep()
    expect(await shop.database.query`SELECT FROM "session" WHERE "guest_id" = ${guestId}::uuid`).toEqual([])
    expect(await shop.database.query`SELECT FROM "cart_line" WHERE "customer_id" = ${`guest:${guestId}`}`).toEqual([])
  })
})
