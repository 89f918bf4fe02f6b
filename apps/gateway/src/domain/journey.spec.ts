import { Journey, type TraceSpan } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { buildJourney } from './journey.ts'

const order = { id: '0199a2b4-0000-7000-8000-000000000001', final: true }
const traceId = 'a'.repeat(32)
const hex = (id: number): string => id.toString(16).padStart(16, '0')

type Sketch = {
  id: number
  parent?: number
  service: string
  kind: TraceSpan['kind']
  at: number
  for: number
  path?: string
  method?: string
  to?: string
  /** Whole, where `to` is no service of the mesh. */
  host?: string
  instance?: string | null
  status?: number
  resend?: number
  peer?: string
  replica?: string
}

function span(sketch: Sketch): TraceSpan {
  const attributes: TraceSpan['attributes'] = {
    'http.request.method': sketch.method ?? 'POST',
    'url.path': sketch.path ?? '/v1/x',
    'mesh.mtls': sketch.service !== 'gateway' || sketch.kind === 'client',
  }
  if (sketch.to !== undefined) attributes['server.address'] = `${sketch.to}.meshmart.svc.cluster.local`
  if (sketch.host !== undefined) attributes['server.address'] = sketch.host
  if (sketch.instance) {
    attributes['mesh.peer.instance'] = sketch.instance
    attributes['mesh.peer.identity'] = `spiffe://cluster.local/ns/meshmart/sa/${sketch.to}`
  }
  if (sketch.peer !== undefined)
    attributes['mesh.peer.identity'] = `spiffe://cluster.local/ns/meshmart/sa/${sketch.peer}`
  if (sketch.status !== undefined) attributes['http.response.status_code'] = sketch.status
  if (sketch.resend !== undefined) attributes['http.request.resend_count'] = sketch.resend
  const start = 1_700_000_000_000_000_000n + BigInt(sketch.at * 1_000_000)
  return {
    traceId,
    spanId: hex(sketch.id),
    parentSpanId: sketch.parent === undefined ? '' : hex(sketch.parent),
    name: 'span',
    kind: sketch.kind,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(sketch.for * 1_000_000)),
    error: false,
    attributes,
    resource: {
      'service.name': sketch.service,
      'service.namespace': 'meshmart',
      'service.instance.id': sketch.replica ?? `${sketch.service}-1`,
    },
  }
}

const publicRequest = span({
  id: 1,
  service: 'gateway',
  kind: 'server',
  at: 0,
  for: 100,
  path: '/api/v1/orders',
  status: 201,
})
const call = (sketch: Omit<Sketch, 'kind'> & { server: number }): TraceSpan[] => [
  span({ ...sketch, kind: 'client', instance: `${sketch.to}-1`, status: 201 }),
  span({
    id: sketch.server,
    parent: sketch.id,
    service: sketch.to!,
    kind: 'server',
    at: sketch.at + 1,
    for: sketch.for - 2,
    peer: sketch.service,
    status: 201,
  }),
]
const toOrders = call({ id: 2, parent: 1, server: 3, service: 'gateway', to: 'orders', at: 5, for: 90 })
const toInventory = call({ id: 4, parent: 3, server: 5, service: 'orders', to: 'inventory', at: 10, for: 20 })
const toPayments = call({ id: 6, parent: 3, server: 7, service: 'orders', to: 'payments', at: 40, for: 30 })
const whole = [publicRequest, ...toOrders, ...toInventory, ...toPayments]
const journeyOf = (spans: TraceSpan[], final = true): Journey | null =>
  buildJourney({ traceId, spans }, { ...order, final })
const sketchOf = (journey: Journey | null): string[] =>
  journey!.hops.map(
    (hop) => `${hop.depth} ${hop.from}>${hop.to} ${hop.replica ?? '-'} ${hop.status ?? '-'} #${hop.attempt}`,
  )

describe('the journey of an order', () => {
  it('nests each call below the one that caused it, whatever order the spans arrive in', () => {
    const journey = journeyOf(whole.toReversed())
    expect(sketchOf(journey)).toEqual([
      '0 browser>gateway gateway-1 201 #1',
      '1 gateway>orders orders-1 201 #1',
      '2 orders>inventory inventory-1 201 #1',
      '2 orders>payments payments-1 201 #1',
    ])
    expect(journey).toMatchObject({ complete: true, durationMs: 100 })
    expect(journey!.hops[2]).toMatchObject({
      startMs: 10,
      durationMs: 20,
      mtls: true,
      identity: 'spiffe://cluster.local/ns/meshmart/sa/inventory',
    })
    expect(Journey.parse(journey)).toEqual(journey)
  })

  it('shows a refused first try and the retry on another replica', () => {
    const refused = span({
      id: 14,
      parent: 3,
      service: 'orders',
      kind: 'client',
      to: 'inventory',
      instance: 'inventory-1',
      at: 6,
      for: 2,
      resend: 0,
    })
    const retried = [
      span({
        id: 15,
        parent: 3,
        service: 'orders',
        kind: 'client',
        to: 'inventory',
        instance: 'inventory-2',
        at: 9,
        for: 8,
        resend: 1,
        status: 201,
      }),
      span({ id: 16, parent: 15, service: 'inventory', replica: 'inventory-2', kind: 'server', at: 10, for: 6 }),
    ]
    const journey = journeyOf([publicRequest, ...toOrders, refused, ...retried])
    expect(sketchOf(journey).slice(2)).toEqual(['2 orders>inventory - - #1', '2 orders>inventory inventory-2 201 #2'])
    expect(journey!.hops[2]).toMatchObject({ identity: null, status: null })
    expect(journey!.complete).toBe(true)
  })

  it('takes a second server span of the same service for the same hop', () => {
    const inner = span({ id: 40, parent: 1, service: 'gateway', kind: 'server', at: 1, for: 98 })
    const below = toOrders.map((each) => (each.parentSpanId === hex(1) ? { ...each, parentSpanId: hex(40) } : each))
    expect(sketchOf(journeyOf([publicRequest, inner, ...below]))).toEqual([
      '0 browser>gateway gateway-1 201 #1',
      '1 gateway>orders orders-1 201 #1',
    ])
  })

  it('is not complete while the answering side of a call has not sent its span', () => {
    const journey = journeyOf(whole.filter((each) => each.spanId !== hex(5)))
    expect(sketchOf(journey)[2]).toBe('2 orders>inventory inventory-1 201 #1')
    expect(journey!.complete).toBe(false)
  })

  it('keeps what a service called when the calling span above it is missing', () => {
    const journey = journeyOf(whole.filter((each) => each.spanId !== hex(2)))
    expect(sketchOf(journey)).toContain('1 gateway>orders orders-1 201 #1')
    expect(journey!.complete).toBe(false)
  })

  it('is not complete without the public request, nor before the order is final', () => {
    expect(journeyOf(whole.slice(1))!.complete).toBe(false)
    expect(journeyOf(whole, false)!.complete).toBe(false)
  })

  it('passes through internal spans without making a hop of them', () => {
    const saga = span({ id: 20, parent: 3, service: 'orders', kind: 'internal', at: 60, for: 20 })
    const capture = call({ id: 21, parent: 20, server: 22, service: 'orders', to: 'payments', at: 61, for: 10 })
    expect(sketchOf(journeyOf([...whole, saga, ...capture])).at(-1)).toBe('2 orders>payments payments-1 201 #1')
  })

  it('leaves out telemetry and the other requests that a client put into the same trace', () => {
    const telemetry = span({ id: 30, parent: 3, service: 'orders', kind: 'client', to: 'control-plane', at: 1, for: 1 })
    const browsing = span({ id: 31, service: 'gateway', kind: 'server', at: -50, for: 4, path: '/api/v1/products' })
    const below = call({ id: 32, parent: 31, server: 33, service: 'gateway', to: 'inventory', at: -49, for: 2 })
    const journey = journeyOf([telemetry, browsing, ...below, ...whole])
    expect(journey!.hops).toHaveLength(4)
    expect(journey).toMatchObject({ complete: true, durationMs: 100 })
  })

  it('accepts a public request whose own parent is outside the mesh', () => {
    const journey = journeyOf([{ ...publicRequest, parentSpanId: 'f'.repeat(16) }, ...whole.slice(1)])
    expect(journey!.complete).toBe(true)
  })

  it('says that there is none for a trace with no span of the shop', () => {
    expect(journeyOf([])).toBeNull()
  })

  it('does not wait for the other side of a call that leaves the mesh, and does not show it', () => {
    const spans = [
      publicRequest,
      ...call({ id: 2, server: 3, parent: 1, service: 'gateway', to: 'payments', at: 1, for: 50 }),
      span({
        id: 4,
        parent: 3,
        service: 'payments',
        kind: 'client',
        at: 5,
        for: 20,
        host: 'acquirer.example.com',
        status: 200,
      }),
    ]
    const journey = buildJourney({ traceId, spans }, order)
    expect(journey?.complete).toBe(true)
    expect(journey?.hops.map(({ to }) => to)).toEqual(['gateway', 'payments'])
  })
})
