import { seededRandom } from '@meshmart/mesh-policy/internal'
import { describe, expect, it } from 'vitest'
import { CERTIFICATE_MS, describeFault, REPLICAS, scheduleOf, type Fault, type FaultKind } from './schedule.ts'

const seeds = Array.from({ length: 50 }, (_, seed) => seed)
const scheduled = (seed: number) => scheduleOf(180_000, seededRandom(seed))
const services = ['orders', 'payments', 'inventory']
const lasting: readonly FaultKind[] = ['freeze', 'partition', 'expire-certificate', 'acquirer-silent']
const kinds: readonly FaultKind[] = ['kill', 'restart', ...lasting]

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

  it.each(seeds)('seed %i has every kind in three minutes', (seed) => {
    expect(new Set(scheduled(seed).map(({ kind }) => kind))).toEqual(new Set(kinds))
  })

  it.each(seeds)('seed %i leaves a target alone while something lasts there', (seed) => {
    const faults = scheduled(seed)
    for (const { target, atMs, forMs } of faults.filter((each) => each.forMs > 0)) {
      const meanwhile = faults.filter((each) => each.target === target && each.atMs > atMs && each.atMs < atMs + forMs)
      expect(meanwhile).toEqual([])
    }
  })

  it('reaches every process with every kind that is for it', () => {
    const all = seeds.flatMap(scheduled)
    const expected = Object.entries(REPLICAS).flatMap(([target, replicas]) =>
      Array.from({ length: replicas }, (_, index) => index + 1).flatMap((replica) =>
        kindsFor(target, replicas).map((kind) => `${kind} ${target} ${replica}`),
      ),
    )
    const seen = new Set(all.map(({ kind, target, replica }) => `${kind} ${target} ${replica}`))
    expect([...seen].toSorted()).toEqual(expected.toSorted())
    expect(all.every(({ kind, forMs }) => forMs > 0 === lasting.includes(kind))).toBe(true)
  })

  it('lets a certificate end whenever it was issued, and before the end of the run', () => {
    const expired = seeds.flatMap(scheduled).filter(({ kind }) => kind === 'expire-certificate')
    expect(Math.min(...expired.map(({ forMs }) => forMs))).toBeGreaterThan(CERTIFICATE_MS)
    expect(Math.max(...expired.map(({ atMs, forMs }) => atMs + forMs))).toBeLessThan(180_000)
    const short = seeds.flatMap((seed) => scheduleOf(30_000, seededRandom(seed)))
    expect(short.filter(({ kind }) => kind === 'expire-certificate')).toEqual([])
  })

  it('names what it hits', () => {
    const frozen: Fault = { atMs: 0, kind: 'freeze', target: 'orders', replica: 1, forMs: 5_000 }
    expect(describeFault(frozen)).toBe('freeze orders-1 for 5.0 s')
    expect(describeFault({ ...frozen, kind: 'partition' })).toBe('partition orders for 5.0 s')
    expect(describeFault({ ...frozen, kind: 'kill', target: 'nats', forMs: 0 })).toBe('kill nats')
    expect(describeFault({ ...frozen, kind: 'kill', target: 'control-plane', replica: 2, forMs: 0 })).toBe(
      'kill control-plane-2',
    )
  })
})

function kindsFor(target: string, replicas: number): FaultKind[] {
  if (target === 'acquirer') return ['acquirer-silent']
  if (services.includes(target)) return ['kill', 'restart', 'freeze', 'partition', 'expire-certificate']
  return replicas > 1 ? ['kill', 'restart', 'freeze'] : ['kill', 'restart']
}
