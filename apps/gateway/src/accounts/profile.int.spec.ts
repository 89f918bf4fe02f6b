import { Account, Session } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { email, openShop, password, register, shop, visitor } from '../testing/open-shop.ts'
import { Visitor } from '../testing/shop.ts'

openShop()

const newPassword = 'another good passphrase'
const signIn = (who: Visitor, address: string, typed: string) =>
  who.ask('POST', '/api/v1/session', { body: { email: address, password: typed } })

describe('the account', () => {
  it('is nobody else’s, and a guest has none', async () => {
    const asStranger = await visitor.ask('GET', '/api/v1/account')
    expect(asStranger.json()).toMatchObject({ status: 401, code: 'not-signed-in' })
    await visitor.ask('PUT', '/api/v1/cart', { body: { items: [] } })
    const asGuest = await visitor.ask('PATCH', '/api/v1/account', { body: { name: 'Eve' } })
    expect(asGuest.json()).toMatchObject({ status: 401, code: 'not-signed-in' })
    const address = await register()
    expect((await visitor.ask('GET', '/api/v1/account')).json()).toMatchObject({ email: address, role: 'customer' })
  })

  it('changes its name only for who has seen the present one', async () => {
    await register()
    const tag = String((await visitor.ask('GET', '/api/v1/account')).headers['etag'])
    const rename = (name: string, headers: Record<string, string>) =>
      visitor.ask('PATCH', '/api/v1/account', { body: { name }, headers })
    const renamed = await rename('Grace', { 'if-match': tag })
    expect(Account.parse(renamed.json()).name).toBe('Grace')
    expect((await visitor.ask('GET', '/api/v1/account')).headers['etag']).toBe(renamed.headers['etag'])
    expect((await rename('Joan', { 'if-match': tag })).json()).toMatchObject({
      status: 412,
      code: 'precondition-failed',
    })
    expect((await rename('Joan', { 'if-match': `W/${renamed.headers['etag']}` })).statusCode).toBe(412)
    expect((await rename('Joan', { 'if-match': 'Grace' })).json()).toMatchObject({
      status: 400,
      errors: [{ field: 'If-Match', code: 'format' }],
    })
    expect(Session.parse((await visitor.ask('GET', '/api/v1/session')).json()).account?.name).toBe('Grace')
    expect((await rename('Joan', {})).json()).toMatchObject({ name: 'Joan' })
  })

  it('lets one of many that saw the same change it', async () => {
    await register()
    const tag = String((await visitor.ask('GET', '/api/v1/account')).headers['etag'])
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        visitor.ask('PATCH', '/api/v1/account', { body: { name: `Ada ${n}` }, headers: { 'if-match': tag } }),
      ),
    )
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([200, ...Array(7).fill(412)])
  })
})

describe('a new password', () => {
  const change = (who: Visitor, currentPassword: string) =>
    who.ask('PUT', '/api/v1/account/password', { body: { currentPassword, newPassword } })

  it('ends every other session, and the old cookie of this one', async () => {
    const address = await register()
    const [elsewhere, thief] = [new Visitor(shop.app), new Visitor(shop.app)]
    await signIn(elsewhere, address, password)
    for (const [name, value] of visitor.cookies) thief.cookies.set(name, value)
    expect((await change(visitor, password)).statusCode).toBe(204)
    for (const other of [elsewhere, thief])
      expect((await other.ask('GET', '/api/v1/account')).json()).toMatchObject({ status: 401, code: 'invalid-session' })
    expect((await visitor.ask('GET', '/api/v1/account')).json()).toMatchObject({ email: address })
    expect((await signIn(elsewhere, address, password)).statusCode).toBe(401)
    expect((await signIn(elsewhere, address, newPassword)).statusCode).toBe(201)
  })

  it('needs the present one, which cannot be tried without end', async () => {
    const address = await register()
    const elsewhere = new Visitor(shop.app)
    await signIn(elsewhere, address, password)
    for (let tries = 0; tries < 10; tries++)
      expect((await change(visitor, 'wrong')).json()).toMatchObject({
        status: 401,
        code: 'wrong-credentials',
        errors: [{ field: 'currentPassword' }],
      })
    const refused = await change(visitor, password)
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '300'])
    expect((await elsewhere.ask('GET', '/api/v1/account')).statusCode).toBe(200)
    expect((await visitor.ask('GET', '/api/v1/account')).statusCode).toBe(200)
  })

  it('is as good as a first one', async () => {
    await register()
    const short = await visitor.ask('PUT', '/api/v1/account/password', {
      body: { currentPassword: password, newPassword: 'short' },
    })
    expect(short.json()).toMatchObject({ status: 400, errors: [{ field: 'newPassword', code: 'too-small' }] })
    expect((await signIn(new Visitor(shop.app), email(), password)).statusCode).toBe(401)
  })
})
