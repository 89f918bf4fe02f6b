import { describe, expect, it } from 'vitest'
import { discardedTable } from './letter-tables.ts'

const letter = {
  sequence: 7,
  service: 'gateway',
  subject: 'events.order.confirmed',
  eventSequence: 40,
  deliveries: 8,
  reason: 'it failed 8 times',
  error: 'Error: no cart',
  at: '2026-11-29T10:00:00.000Z',
  event: { id: 'a' },
}
const by = 'spiffe://cluster.local/ns/meshmart-system/sa/operator'
const discarded = { sequence: 1, letter, by, at: '2026-11-30T10:00:00.000Z' }

describe('discarded dead letters', () => {
  it('are told with the sequence that the letter had, who discarded it and when, and why it was given up', () => {
    const [head, line, ...more] = discardedTable({ discarded: [discarded], total: 3 }).split('\n')
    expect(head).toMatch(/^SEQUENCE +DISCARDED +BY +SERVICE +EVENT +REASON$/)
    expect(line).toMatch(
      new RegExp(`^7 +${discarded.at} +${by} +gateway +events.order.confirmed +it failed 8 times: Error: no cart$`),
    )
    expect(more).toEqual(['and 2 more'])
    expect(discardedTable({ discarded: [], total: 0 })).toBe('No discarded dead letters')
  })
})
