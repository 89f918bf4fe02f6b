import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dueAt, Fold } from './fold.ts'

describe('Fold', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('is due 50 ms after the last change, but at most 500 ms after the first', () => {
    expect(dueAt(0, 0)).toBe(50)
    expect(dueAt(0, 449)).toBe(499)
    expect(dueAt(0, 490)).toBe(500)
  })

  it('makes one piece of work of a burst', async () => {
    const work = vi.fn(async () => undefined)
    const fold = new Fold(work)
    for (let change = 0; change < 5; change++) {
      fold.touch()
      await vi.advanceTimersByTimeAsync(10)
    }
    expect(work).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(50)
    expect(work).toHaveBeenCalledTimes(1)
  })

  it('works twice a second while changes never end', async () => {
    const work = vi.fn(async () => undefined)
    const fold = new Fold(work)
    for (let ms = 0; ms < 2_000; ms += 20) {
      fold.touch()
      await vi.advanceTimersByTimeAsync(20)
    }
    expect(work.mock.calls.length).toBeGreaterThanOrEqual(3)
    expect(work.mock.calls.length).toBeLessThanOrEqual(4)
  })

  it('does at once what is no part of a burst, and what waits goes along', async () => {
    const work = vi.fn(async () => undefined)
    const fold = new Fold(work)
    fold.touch()
    fold.hurry()
    fold.touch()
    await vi.advanceTimersByTimeAsync(1)
    expect(work).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(work).toHaveBeenCalledTimes(1)
    fold.touch()
    await vi.advanceTimersByTimeAsync(40)
    expect(work).toHaveBeenCalledTimes(1)
  })

  it('hurries also after the work that runs when somebody asks', async () => {
    let ended = 0
    const fold = new Fold(async () => {
      await new Promise((resolve) => setTimeout(resolve, 300))
      ended++
    })
    fold.hurry()
    await vi.advanceTimersByTimeAsync(100)
    fold.hurry()
    await vi.advanceTimersByTimeAsync(510)
    expect(ended).toBe(2)
  })

  it('never overlaps with itself, and does not forget what changed meanwhile', async () => {
    let running = 0
    let most = 0
    const fold = new Fold(async () => {
      most = Math.max(most, ++running)
      await new Promise((resolve) => setTimeout(resolve, 300))
      running--
      ended++
    })
    let ended = 0
    fold.touch()
    await vi.advanceTimersByTimeAsync(60)
    fold.touch()
    await vi.advanceTimersByTimeAsync(1_000)
    expect([most, ended]).toEqual([1, 2])
  })

  it('does nothing more once it is stopped', async () => {
    const work = vi.fn(async () => undefined)
    const fold = new Fold(work)
    fold.touch()
    await fold.stop()
    fold.touch()
    await vi.advanceTimersByTimeAsync(1_000)
    expect(work).not.toHaveBeenCalled()
  })
})
