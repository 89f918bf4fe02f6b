import { expect, it } from 'vitest'
import { Turns } from './turns.ts'

it('lets so many work at once, the others in order, whoever fails', async () => {
  const turns = new Turns(2)
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
