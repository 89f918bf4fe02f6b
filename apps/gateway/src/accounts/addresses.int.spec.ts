import { AddressPage, MOST_ADDRESSES, SavedAddress } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { openShop, register, shop, visitor } from '../testing/open-shop.ts'
import { Visitor } from '../testing/shop.ts'

openShop()

const path = '/api/v1/account/addresses'
const entry = (line1: string) => ({ name: 'Ada', line1, postalCode: '10115', city: 'Berlin', country: 'DE' })
const add = async (line1: string, more: object = {}): Promise<SavedAddress> =>
  SavedAddress.parse((await visitor.ask('POST', path, { body: { ...entry(line1), ...more } })).json())
const list = async (query = ''): Promise<AddressPage> =>
  AddressPage.parse((await visitor.ask('GET', `${path}${query}`)).json())
const lines = async (): Promise<string[]> =>
  (await list()).items.map(({ line1, isDefault }) => (isDefault ? `*${line1}` : line1))

describe('the address book', () => {
  it('keeps addresses, and always one default', async () => {
    await register()
    expect(await lines()).toEqual([])
    const first = await add('1 Way', { line2: 'Back yard' })
    const second = await add('2 Way')
    expect(await lines()).toEqual(['*1 Way', '2 Way'])
    const third = await add('3 Way', { isDefault: true })
    expect(await lines()).toEqual(['1 Way', '2 Way', '*3 Way'])
    await visitor.ask('PUT', `${path}/${first.id}`, { body: { ...entry('1 Lane'), isDefault: true } })
    expect(await lines()).toEqual(['*1 Lane', '2 Way', '3 Way'])
    await visitor.ask('PUT', `${path}/${first.id}`, { body: entry('1 Road') })
    expect(await lines()).toEqual(['*1 Road', '2 Way', '3 Way'])
    expect((await visitor.ask('GET', `${path}/${first.id}`)).json()).not.toHaveProperty('line2')
    await visitor.ask('DELETE', `${path}/${first.id}`)
    expect(await lines()).toEqual(['2 Way', '*3 Way'])
    for (const { id } of [second, third]) expect((await visitor.ask('DELETE', `${path}/${id}`)).statusCode).toBe(204)
    expect(await lines()).toEqual([])
    expect((await visitor.ask('DELETE', `${path}/${first.id}`)).statusCode).toBe(404)
  })

  it('says where a new one is, and is read page by page', async () => {
    await register()
    const added = await visitor.ask('POST', path, { body: entry('0 Way') })
    expect(added.statusCode).toBe(201)
    const found = await visitor.ask('GET', String(added.headers['location']))
    expect([found.json(), found.headers['etag']]).toEqual([added.json(), added.headers['etag']])
    for (let n = 1; n < 5; n++) await add(`${n} Way`)
    const seen: string[] = []
    for (let cursor: string | null = ''; cursor !== null;) {
      const page: AddressPage = await list(`?limit=2${cursor && `&cursor=${cursor}`}`)
      expect(page.items.length).toBeLessThanOrEqual(2)
      seen.push(...page.items.map(({ line1 }) => line1))
      cursor = page.nextCursor
    }
    expect(seen).toEqual(['0 Way', '1 Way', '2 Way', '3 Way', '4 Way'])
    for (const query of ['?cursor=x', '?limit=0', '?colour=red'])
      expect((await visitor.ask('GET', `${path}${query}`)).json(), query).toMatchObject({
        status: 400,
        code: 'invalid-request',
      })
  })

  it(`holds ${MOST_ADDRESSES} at most, also when they come at once`, async () => {
    await register()
    const answers = await Promise.all(
      Array.from({ length: MOST_ADDRESSES + 5 }, (_, n) => visitor.ask('POST', path, { body: entry(`${n} Way`) })),
    )
    expect(answers.filter(({ statusCode }) => statusCode === 201)).toHaveLength(MOST_ADDRESSES)
    for (const refused of answers.filter(({ statusCode }) => statusCode !== 201))
      expect(refused.json()).toMatchObject({ status: 409, code: 'limit-reached' })
    const { items } = await list()
    expect(items).toHaveLength(MOST_ADDRESSES)
    expect(items.filter(({ isDefault }) => isDefault)).toHaveLength(1)
  })

  it('changes only for who has seen the present one', async () => {
    await register()
    const { id } = await add('1 Way')
    const tag = String((await visitor.ask('GET', `${path}/${id}`)).headers['etag'])
    const replace = (line1: string) =>
      visitor.ask('PUT', `${path}/${id}`, { body: entry(line1), headers: { 'if-match': tag } })
    expect((await replace('2 Way')).statusCode).toBe(200)
    expect((await replace('3 Way')).json()).toMatchObject({ status: 412, code: 'precondition-failed' })
    const removed = await visitor.ask('DELETE', `${path}/${id}`, { headers: { 'if-match': tag } })
    expect(removed.statusCode).toBe(412)
    expect(await lines()).toEqual(['*2 Way'])
  })

  it('is not there for anybody else', async () => {
    await register()
    const { id } = await add('1 Way')
    const stranger = new Visitor(shop.app)
    await register(stranger)
    for (const [method, body] of [['GET'], ['PUT', entry('Mine')], ['DELETE']] as const)
      expect((await stranger.ask(method, `${path}/${id}`, { body })).json(), method).toMatchObject({
        status: 404,
        code: 'not-found',
      })
    expect(await lines()).toEqual(['*1 Way'])
  })
})
