import { describe, expect, it } from 'vitest'
import type { StoredOrder } from '../persistence/order-view.ts'
import { eventFrames } from './event-frames.ts'

const stored = (transitions: number): StoredOrder =>
  ({ order: { history: Array.from({ length: transitions }, () => ({})) } }) as unknown as StoredOrder

describe('an event stream', () => {
  it('has one event for each state, comments in silence, and ends with the states', async () => {
    const silence = Promise.withResolvers<void>()
    async function* states(): AsyncGenerator<StoredOrder, void, void> {
      yield stored(1)
      await silence.promise
      yield stored(2)
    }
    const frames: string[] = []
    for await (const frame of eventFrames(states(), 1)) {
      frames.push(frame)
      if (frames.length === 3) silence.resolve()
    }
    expect(frames[0]).toMatch(/^id: 1\nevent: order\ndata: \{.*\}\n\n$/)
    expect(frames[1]).toBe(': heartbeat\n\n')
    expect(frames.at(-1)).toMatch(/^id: 2\n/)
  })
})
