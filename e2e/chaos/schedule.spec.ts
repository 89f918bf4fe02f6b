import { seededRandom } from '@meshmart/mesh-policy/internal'
import { describe, expect, it } from 'vitest'
import { collides, describeFault, REPLICATED, scheduleOf, SINGLE, type Fault } from './schedule.ts'

const seeds = Array.from({ length: 50 }, (_, seed) => seed)
const scheduled = (seed: number) => scheduleOf(180_000, seededRandom(seed))

describe('the schedule of faults', () => {
  it('is the same for the same seed, and another one for another', () => {
    expect(scheduled(7)).toEqual(scheduled(7))
    expect(scheduled(7)).not.toEqual(scheduled(8))
  })

  it.each(seeds)('seed %i breaks something at least every five seconds, and nothing after the end', (seed) => {
    const at = [0, ...scheduled(seed).map(({ atMs }) => atMs), 180_000]
    const pauses = at.slice(1).map((ms, index) => ms - at[index]!)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(5_000)
    expect(Math.min(...pauses.slice(1, -1))).toBeGreaterThan(0)
  })

  it('reaches every process and every kind within a few runs', () => {
    const all = seeds.flatMap(scheduled)
    const hit = (kind: Fault['kind'], target: string) =>
      all.some((fault) => fault.kind === kind && fault.target === target)
    for (const target of REPLICATED) {
      for (const kind of ['kill', 'freeze', 'restart'] as const)
        expect([kind, target, hit(kind, target)]).toContain(true)
    }
    for (const target of SINGLE) expect([target, hit('kill', target)]).toContain(true)
    expect(hit('acquirer-silent', 'acquirer')).toBe(true)
    expect(all.every(({ kind, forMs }) => forMs > 0 === (kind === 'freeze' || kind === 'acquirer-silent'))).toBe(true)
  })

  it('knows when the other replica is still frozen', () => {
    const frozen: Fault = { atMs: 0, kind: 'freeze', target: 'orders', replica: 1, forMs: 5_000 }
    expect(collides({ ...frozen, replica: 2, kind: 'kill' }, [frozen])).toBe(true)
    expect(collides({ ...frozen, kind: 'kill' }, [frozen])).toBe(false)
    expect(collides({ ...frozen, target: 'payments', replica: 2 }, [frozen])).toBe(false)
    expect(describeFault(frozen)).toBe('freeze orders-1 for 5.0 s')
  })
})
