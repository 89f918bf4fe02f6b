import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { type Lane, Turns } from './turns.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Work of a lane that says when it begins, and ends when it is told to. */
const workIn = (begun: string[]) => (lane: Lane, name: string) => {
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  const taken = lane.take(() => {
    begun.push(name)
    return promise
  })
  return { taken, end: () => resolve(name), fail: () => reject(new Error(`${name} fails`)) }
}
const settle = () => vi.advanceTimersByTimeAsync(0)

it('lets so many work at once, the others in order, whoever fails', async () => {
  const lane = new Turns(2).lane({ atOnce: 2, turnMs: 60_000 })
  const begun: string[] = []
  const work = workIn(begun)
  const [a, b, c] = ['a', 'b', 'c', 'd'].map((name) => work(lane, name))
  await settle()
  expect(begun).toEqual(['a', 'b'])
  expect(lane.waiting).toBe(2)
  b!.fail()
  await expect(b!.taken).rejects.toThrow('b fails')
  await settle()
  expect(begun).toEqual(['a', 'b', 'c'])
  a!.end()
  c!.end()
  expect(await Promise.all([a!.taken, c!.taken])).toEqual(['a', 'c'])
  await settle()
  expect(begun).toEqual(['a', 'b', 'c', 'd'])
  expect(lane.waiting).toBe(0)
})

it('lets the earlier lane go first, and leaves it as many turns as it may have', async () => {
  const turns = new Turns(3)
  const [first, second] = [turns.lane({ atOnce: 2, turnMs: 60_000 }), turns.lane({ atOnce: 3, turnMs: 60_000 })]
  const begun: string[] = []
  const work = workIn(begun)
  const late = ['late 1', 'late 2', 'late 3', 'late 4'].map((name) => work(second, name))
  const early = ['early 1', 'early 2', 'early 3'].map((name) => work(first, name))
  await settle()
  expect(begun).toEqual(['late 1', 'late 2', 'late 3'])
  for (const each of late.slice(0, 3)) each.end()
  await settle()
  // Two of the first lane at most; the third turn is the second lane's.
  expect(begun.slice(3)).toEqual(['early 1', 'early 2', 'late 4'])
  early[0]!.end()
  await settle()
  expect(begun.slice(6)).toEqual(['early 3'])
})

it('gives a turn on when its work only waits, and no second time when that ends', async () => {
  const lane = new Turns(1).lane({ atOnce: 1, turnMs: 400 })
  const begun: string[] = []
  const work = workIn(begun)
  const [a, , c] = ['a', 'b', 'c'].map((name) => work(lane, name))
  await vi.advanceTimersByTimeAsync(399)
  expect(begun).toEqual(['a'])
  expect(lane.waiting).toBe(2)
  await vi.advanceTimersByTimeAsync(1)
  expect(begun).toEqual(['a', 'b'])
  a!.end()
  expect(await a!.taken).toBe('a')
  expect(begun).toEqual(['a', 'b'])
  await vi.advanceTimersByTimeAsync(400)
  c!.end()
  expect(await c!.taken).toBe('c')
})
