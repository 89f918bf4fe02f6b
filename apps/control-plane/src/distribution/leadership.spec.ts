import { describe, expect, it } from 'vitest'
import { LEASE_MS, Leadership, RENEWAL_MS } from './leadership.ts'

describe('Leadership', () => {
  it('takes what nobody holds, and believes in it for less long than the server does', () => {
    const one = new Leadership('one')
    expect(one.leads(0)).toBe(false)
    expect(one.attempt()).toBe(0)
    one.won(1, 1_000)
    expect(one.leads(1_000)).toBe(true)
    expect(one.leads(1_000 + LEASE_MS - 500)).toBe(false)
    expect(one.attempt()).toBe(1)
  })

  it('renews often enough to miss one renewal', () => {
    const one = new Leadership('one')
    one.won(1, 0)
    expect(one.leads(2 * RENEWAL_MS)).toBe(true)
  })

  it('leaves alone what another one holds, and takes it the moment it is free, in place of its very end', () => {
    const two = new Leadership('two')
    expect(two.saw({ holder: 'one', revision: 4 })).toBe(false)
    expect([two.attempt(), two.holder]).toEqual([null, 'one'])
    expect(two.saw({ holder: null, revision: 7 })).toBe(true)
    expect(two.attempt()).toBe(7)
  })

  it('follows once another one was faster, even before it knows whom', () => {
    const one = new Leadership('one')
    one.won(1, 0)
    one.lost()
    expect(one.leads(0)).toBe(false)
    one.won(1, 0)
    one.saw({ holder: 'two', revision: 2 })
    expect(one.leads(0)).toBe(false)
  })

  it('is not confused by old news', () => {
    const one = new Leadership('one')
    one.won(5, 0)
    expect(one.saw({ holder: null, revision: 4 })).toBe(false)
    expect(one.leads(0)).toBe(true)
  })

  it('goes on with a renewal whose answer was lost', () => {
    const one = new Leadership('one')
    one.won(1, 0)
    one.saw({ holder: 'one', revision: 2 })
    expect([one.attempt(), one.leads(100)]).toEqual([2, true])
  })
})
