/** Who has an account here is nobody's business: neither the words of an answer nor the time that it takes may tell. */
import { expect, it } from 'vitest'
import { email, openShop, register, shop } from '../testing/open-shop.ts'
import { Visitor } from '../testing/shop.ts'

openShop()

it('a wrong password for an account takes as long as one for an e-mail that has none', async () => {
  const known = await register()
  const stranger = new Visitor(shop.app)
  let address = 0
  const attempt = async (who: string): Promise<number> => {
    // Another address each time: the limit on tries is not what is measured.
    const headers = { 'x-forwarded-for': `192.0.2.${++address}` }
    const begin = performance.now()
    const answer = await stranger.ask('POST', '/api/v1/session', {
      headers,
      body: { email: who, password: 'a wrong one' },
    })
    const took = performance.now() - begin
    expect(answer.json()).toMatchObject({ status: 401, code: 'wrong-credentials' })
    return took
  }
  const times: { known: number[]; unknown: number[] } = { known: [], unknown: [] }
  // In turn, so that whatever else the machine does falls on both.
  for (let n = 0; n < 30; n++) {
    times.known.push(await attempt(known))
    times.unknown.push(await attempt(email()))
  }
  const ratio = median(times.known) / median(times.unknown)
  // Without hashing, an unknown e-mail would be answered ten times sooner or more.
  expect(ratio).toBeGreaterThan(0.6)
  expect(ratio).toBeLessThan(1.67)
})

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1]!
