import { expect, it, vi } from 'vitest'
import { Turns } from './turns.ts'

it('lets so many work at once, the others in order, whoever fails', async () => {
  const turns = new Turns(2, 60_000)
  const begun: number[] = []
  const ends = Array.from({ length: 5 }, () => Promise.withResolvers<number>())
  const all = ends.map(({ promise }, number) =>
    turns.take(() => {
      begun.push(number)
      return promise
    }),
  )
  const settled = Promise.allSettled(all)
  await Promise.resolve()
  expect(begun).toEqual([0, 1])
  ends[1]!.reject(new Error('fails'))
  await expect(all[1]).rejects.toThrow('fails')
  expect(begun).toEqual([0, 1, 2])
  for (const [number, end] of ends.entries()) end.resolve(number)
  await settled
  expect(begun).toEqual([0, 1, 2, 3, 4])
  // All turns are free again.
  const late = [turns.take(async () => 'a'), turns.take(async () => 'b')]
  expect(await Promise.all(late)).toEqual(['a', 'b'])
})

it('gives a turn on when its work only waits, and no second time when that ends', async () => {
  vi.useFakeTimers()
  try {
    const turns = new Turns(1, 400)
    const silent = Promise.withResolvers<string>()
    const begun: string[] = []
    const work = (name: string, until: Promise<string>) =>
      turns.take(() => {
        begun.push(name)
        return until
      })
    const all = [work('a', silent.promise), work('b', new Promise(() => undefined)), work('c', Promise.resolve('c'))]
    await vi.advanceTimersByTimeAsync(399)
    expect(begun).toEqual(['a'])
    expect(turns.waiting).toBe(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(begun).toEqual(['a', 'b'])
    silent.resolve('a')
    expect(await all[0]).toBe('a')
    expect(begun).toEqual(['a', 'b'])
    await vi.advanceTimersByTimeAsync(400)
    expect(await all[2]).toBe('c')
  } finally {
    vi.useRealTimers()
  }
})
