/** The saga through thousands of interleavings with crashes at every await. A failure names its seed: `simulate(seed)` is that very run again. */
import { describe, expect, it } from 'vitest'
import { simulate, type Wrong } from '../testing/simulation/simulate.ts'

const RUNS = 10_000

describe('the sagas of checkout and returns', () => {
  it(`loses and doubles nothing in ${RUNS} interleavings`, { timeout: 120_000 }, async () => {
    const ends: Record<string, number> = {}
    let deaths = 0
    let returned = 0
    let stuck = 0
    for (let seed = 1; seed <= RUNS; seed++) {
      const run = await simulate(seed)
      expect(run.violations, `seed ${seed}`).toEqual([])
      for (const end of run.ends) ends[end] = (ends[end] ?? 0) + 1
      deaths += run.deaths
      returned += run.returned
      stuck += run.stuck
    }
    // It was no walk in the park: replicas died, orders ended in every way, pieces of them went back, and refunds were refused.
    expect(deaths).toBeGreaterThan(RUNS)
    expect(returned).toBeGreaterThan(RUNS / 4)
    expect(stuck).toBeGreaterThan(RUNS / 20)
    expect(Object.keys(ends).toSorted()).toEqual(['cancelled', 'confirmed', 'rejected'])
    for (const count of Object.values(ends)) expect(count).toBeGreaterThan(RUNS / 20)
  })

  it('runs the same for the same seed', async () => {
    expect(await simulate(7)).toEqual(await simulate(7))
  })

  it.each<[string, Wrong]>([
    ['a memory that writes without a look at what has happened since', { blind: true }],
    ['payments that capture twice', { capturesTwice: true }],
    ['an inventory that confirms what it has released', { confirmsReleased: true }],
    ['an inventory that forgets which orders have ended', { forgetsEnds: true }],
    ['payments that refund a part twice', { refundsTwice: true }],
    ['an inventory that takes pieces back twice', { takesBackTwice: true }],
  ])('would find %s', async (_what, wrong) => {
    let found = 0
    for (let seed = 1; seed <= 2_000 && found === 0; seed++) {
      // Being wrong may also break the run itself.
      found = await simulate(seed, wrong).then(
        ({ violations }) => violations.length,
        () => 1,
      )
    }
    expect(found).toBeGreaterThan(0)
  })
})
