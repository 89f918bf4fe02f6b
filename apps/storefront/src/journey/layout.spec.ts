import type { Journey, JourneyHop } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { columnsFor, layOut } from './layout.ts'

const hop = (over: Partial<JourneyHop>): JourneyHop => ({
  from: 'orders',
  to: 'payments',
  replica: 'payments-1',
  identity: 'spiffe://cluster.local/ns/meshmart/sa/payments',
  mtls: true,
  method: 'POST',
  path: '/v1/payments',
  status: 201,
  attempt: 1,
  startMs: 0,
  durationMs: 10,
  depth: 2,
  ...over,
})

const journey = (hops: JourneyHop[], durationMs = 100): Journey => ({
  orderId: '0198c0de-0000-4000-8000-000000000001',
  traceId: 'a'.repeat(32),
  durationMs,
  complete: true,
  hops,
})

const entry = hop({
  from: 'browser',
  to: 'gateway',
  path: '/api/v1/orders',
  depth: 0,
  mtls: false,
  identity: null,
  durationMs: 100,
})

describe('layOut', () => {
  it('does not say twice that goods were set aside: before they go back the same call only asks what is', () => {
    const reserve = hop({ to: 'inventory', path: '/v1/reservations' })
    const storiesOf = (first: Partial<JourneyHop>) =>
      layOut(journey([{ ...reserve, ...first }, hop({ startMs: 20 }), { ...reserve, startMs: 40 }])).stations.map(
        ({ story }) => story,
      )
    expect(storiesOf({ status: 201 })).toEqual(['reserved', 'authorised', 'checked'])
    expect(storiesOf({ status: 503 })).toEqual(['reserved', 'authorised', 'reserved'])
  })

  it('orders stations by when they began, however the spans arrived', () => {
    const { stations } = layOut(
      journey([
        hop({ to: 'inventory', path: '/v1/reservations', startMs: 20 }),
        hop({ from: 'gateway', to: 'orders', path: '/v1/orders', depth: 1, startMs: 5 }),
        entry,
      ]),
    )
    expect(stations.map((station) => [station.service, station.story])).toEqual([
      ['gateway', 'entered'],
      ['orders', 'ordered'],
      ['inventory', 'reserved'],
    ])
  })

  it('draws a retry as a second track of the same station', () => {
    const layout = layOut(
      journey([
        hop({ attempt: 2, startMs: 50, durationMs: 25, replica: 'payments-2' }),
        hop({ attempt: 1, startMs: 10, durationMs: 20, status: null, replica: null, identity: null }),
      ]),
    )
    expect(layout.stations).toHaveLength(1)
    expect(layout.retries).toBe(1)
    expect(layout.stations[0]?.tracks).toMatchObject([
      { attempt: 1, outcome: 'failed', start: 0.1, length: 0.2, replica: null },
      { attempt: 2, outcome: 'answered', start: 0.5, length: 0.25, replica: 'payments-2' },
    ])
  })

  it('keeps two separate calls to the same path apart', () => {
    const layout = layOut(journey([hop({ startMs: 1 }), hop({ startMs: 30 })]))
    expect(layout.stations).toHaveLength(2)
    expect(layout.retries).toBe(0)
  })

  it('tells a refusal from a failure', () => {
    const outcome = (status: number | null) => layOut(journey([hop({ status })])).stations[0]?.tracks[0]?.outcome
    expect([outcome(201), outcome(402), outcome(503), outcome(null)]).toEqual([
      'answered',
      'refused',
      'failed',
      'failed',
    ])
  })

  it('says that calls are encrypted without counting the browser, and notices one that is not', () => {
    expect(layOut(journey([entry, hop({})])).encrypted).toBe(true)
    expect(layOut(journey([entry, hop({ mtls: false })])).encrypted).toBe(false)
  })

  it('keeps every bar inside the scale, also when background steps outlive the request', () => {
    const { stations, durationMs } = layOut(journey([entry, hop({ startMs: 150, durationMs: 50 })], 100))
    expect(durationMs).toBe(200)
    for (const { start, length } of stations.flatMap((station) => station.tracks))
      expect(start + length).toBeLessThanOrEqual(1)
  })

  it('survives a journey of which nothing has arrived', () => {
    expect(layOut(journey([], 0))).toEqual({
      stations: [],
      durationMs: 0,
      parts: 0,
      calls: 0,
      retries: 0,
      encrypted: true,
    })
  })

  it.each([
    ['inventory', 'POST', '/v1/reservations/1/confirm', 'allocated'],
    ['inventory', 'POST', '/v1/reservations/1/release', 'released'],
    ['inventory', 'POST', '/v1/reservations/1/return', 'released'],
    ['inventory', 'GET', '/v1/products?skus=A,B', 'looked'],
    ['payments', 'POST', '/v1/tokens', 'tokenised'],
    ['payments', 'POST', '/v1/payments', 'authorised'],
    ['payments', 'POST', '/v1/payments/1/capture', 'captured'],
    ['payments', 'POST', '/v1/payments/1/void', 'voided'],
    ['payments', 'POST', '/v1/payments/1/refund', 'refunded'],
    ['weather', 'GET', '/', 'other'],
  ])('tells what %s %s %s was for', (to, method, path, story) => {
    expect(layOut(journey([hop({ to, method, path })])).stations[0]?.story).toBe(story)
  })
})

it('shares the stations out evenly over the rows', () => {
  expect([0, 1, 7, 8, 9, 15].map((stations) => columnsFor(stations, 8))).toEqual([1, 1, 7, 8, 5, 8])
})
