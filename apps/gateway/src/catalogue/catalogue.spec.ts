import { ProblemException } from '@meshmart/service-kit'
import { describe, expect, it } from 'vitest'
import { Catalogue } from './catalogue.ts'

/** Inventory whose answers are numbered, and a clock that is moved by hand. */
function open() {
  let reads = 0
  let now = 1_000
  let failing = false
  const product = async () => {
    const read = ++reads
    await Promise.resolve()
    if (failing) throw new ProblemException('upstream-unavailable')
    return { read }
  }
  const inventory = { products: product, product } as unknown as ConstructorParameters<typeof Catalogue>[0]
  const catalogue = new Catalogue(inventory, { now: () => new Date(now) })
  return { catalogue, pass: (ms: number) => (now += ms), fail: (yes: boolean) => (failing = yes), reads: () => reads }
}

describe('the catalogue', () => {
  it('asks once for all who want the same page within a moment, and again after it', async () => {
    const { catalogue, pass } = open()
    expect(await Promise.all([catalogue.product('A'), catalogue.product('A')])).toEqual(['{"read":1}', '{"read":1}'])
    pass(249)
    expect(await catalogue.product('A')).toBe('{"read":1}')
    pass(1)
    expect(await catalogue.product('A')).toBe('{"read":2}')
  })

  it('tells pages apart', async () => {
    const { catalogue } = open()
    expect(await catalogue.page({ limit: 24 })).toBe('{"read":1}')
    expect(await catalogue.page({ limit: 25 })).toBe('{"read":2}')
    expect(await catalogue.product('A')).toBe('{"read":3}')
  })

  it('shows what was just bought, to a read that began before as well', async () => {
    const { catalogue } = open()
    const before = catalogue.product('A')
    catalogue.forget()
    expect(await catalogue.product('A')).toBe('{"read":2}')
    expect(await before).toBe('{"read":1}')
    expect(await catalogue.product('A')).toBe('{"read":2}')
  })

  it('remembers no failure', async () => {
    const { catalogue, fail } = open()
    fail(true)
    await expect(catalogue.product('A')).rejects.toMatchObject({ code: 'upstream-unavailable' })
    fail(false)
    expect(await catalogue.product('A')).toBe('{"read":2}')
  })

  it('does not grow with what is asked for', async () => {
    const { catalogue, reads } = open()
    for (let n = 0; n < 501; n++) await catalogue.product(`SKU-${n}`)
    await catalogue.product('SKU-0')
    expect(reads()).toBe(502)
  })
})
