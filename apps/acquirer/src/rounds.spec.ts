import { Log } from '@meshmart/contracts/log'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Round } from './rounds.ts'

/** When it looked, in milliseconds. */
let looks: number[]
let lines: string[]
beforeEach(() => {
  vi.useFakeTimers({ now: 0 })
  looks = []
  lines = []
})
afterEach(() => vi.useRealTimers())

/** @param work what the look with this number finds, from 0 */
function looking(work: (look: number) => number | Promise<number>): Round {
  const log = new Log({ service: 'test', level: 'warn', print: (line) => lines.push(line) })
  const round = new Round({
    name: 'looking',
    pauseMs: 2_000,
    work: async () => work(looks.push(Date.now()) - 1),
    log,
  })
  round.start()
  return round
}

it('looks again at once while there is more, and after a pause where there is nothing', async () => {
  const round = looking((look) => (look < 3 ? 1 : 0))
  await vi.advanceTimersByTimeAsync(5_000)
  expect(looks).toEqual([0, 0, 0, 0, 2_000, 4_000])
  await round.stop()
})

it('looks after a pause where it failed, and says so', async () => {
  const round = looking((look) => (look === 0 ? Promise.reject(new Error('away')) : 0))
  await vi.advanceTimersByTimeAsync(3_000)
  expect(looks).toEqual([0, 2_000])
  expect(lines).toHaveLength(1)
  expect(JSON.parse(lines[0]!)).toMatchObject({ message: 'looking failed and is tried again' })
  await round.stop()
})

it('woken in its pause it looks at once, and then pauses as ever', async () => {
  const round = looking(() => 0)
  await vi.advanceTimersByTimeAsync(500)
  round.wake()
  await vi.advanceTimersByTimeAsync(2_400)
  expect(looks).toEqual([0, 500, 2_500])
  await round.stop()
})

it('woken while it looks, it looks once more: it may have looked too early', async () => {
  const round = looking((look) => (look === 0 ? new Promise((resolve) => setTimeout(() => resolve(0), 100)) : 0))
  await vi.advanceTimersByTimeAsync(50)
  round.wake()
  round.wake()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(looks).toEqual([0, 100])
  await round.stop()
})

it('stops after the look that is under way, and looks no more', async () => {
  const round = looking(() => new Promise((resolve) => setTimeout(() => resolve(1), 100)))
  let hasStopped = false
  const stopped = round.stop().then(() => (hasStopped = true))
  await vi.advanceTimersByTimeAsync(99)
  expect(hasStopped).toBe(false)
  await vi.advanceTimersByTimeAsync(10_000)
  await stopped
  expect(looks).toEqual([0])
})
