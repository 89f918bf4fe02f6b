import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClusterState } from './cluster-state.ts'
import { HEALTH_TRANSITIONS, MAX_EJECTION_TIME_MS } from './internal.ts'
import { isEndpointFailure, recordOutcome, sweepEjections } from './outlier-detection.ts'
import type { OutlierDetection } from './snapshot.ts'

const POLICY: OutlierDetection = {
  consecutive5xxErrors: 3,
  intervalMs: 1000,
  baseEjectionTimeMs: 5000,
  maxEjectionPercent: 50,
}

function fail(
  state: ClusterState,
  instance: string,
  times: number,
  hosts: number,
  now: number,
  policy = POLICY,
): boolean {
  let ejected = false
  for (let time = 0; time < times; time++) ejected = recordOutcome(policy, state, state.of(instance), true, hosts, now)
  return ejected
}

describe('the table of states', () => {
  test('every state can be reached and left', () => {
    const states = Object.keys(HEALTH_TRANSITIONS)
    const reached = Object.values(HEALTH_TRANSITIONS).flatMap((leads) => Object.values(leads))
    expect(new Set(reached)).toEqual(new Set(states))
    for (const leads of Object.values(HEALTH_TRANSITIONS)) expect(Object.keys(leads)).not.toHaveLength(0)
  })
})

describe('ejection', () => {
  test('comes at the third failure in a row', () => {
    const state = new ClusterState()
    expect(fail(state, 'a', 2, 2, 0)).toBe(false)
    expect(fail(state, 'a', 1, 2, 0)).toBe(true)
    expect(state.of('a')).toMatchObject({ health: 'ejected', ejectedUntil: 5000 })
  })

  test('a success in between begins anew', () => {
    const state = new ClusterState()
    fail(state, 'a', 2, 2, 0)
    recordOutcome(POLICY, state, state.of('a'), false, 2, 0)
    expect(fail(state, 'a', 2, 2, 0)).toBe(false)
  })

  test('lasts longer each time, and a healthy interval forgives one', () => {
    const state = new ClusterState()
    fail(state, 'a', 3, 2, 0)
    expect(sweepEjections(state, 4999)).toBe(false)
    expect(sweepEjections(state, 5000)).toBe(true)
    fail(state, 'a', 3, 2, 6000)
    expect(state.of('a').ejectedUntil).toBe(16_000)
    sweepEjections(state, 16_000)
    sweepEjections(state, 17_000)
    fail(state, 'a', 3, 2, 18_000)
    expect(state.of('a').ejectedUntil).toBe(28_000)
  })

  test('never lasts longer than five minutes', () => {
    const state = new ClusterState()
    state.of('a').ejections = 1000
    fail(state, 'a', 3, 1, 0)
    expect(state.of('a').ejectedUntil).toBe(MAX_EJECTION_TIME_MS)
  })

  test('takes one host even where the percentage allows none', () => {
    const state = new ClusterState()
    expect(fail(state, 'a', 3, 3, 0, { ...POLICY, maxEjectionPercent: 10 })).toBe(true)
    expect(fail(state, 'b', 3, 3, 0, { ...POLICY, maxEjectionPercent: 10 })).toBe(false)
  })

  test('leaves everyone in where consecutive5xxErrors is 0', () => {
    expect(fail(new ClusterState(), 'a', 10, 2, 0, { ...POLICY, consecutive5xxErrors: 0 })).toBe(false)
  })

  test('never leaves out more than the maximum share, whatever happens', () => {
    const hosts = ['a', 'b', 'c', 'd', 'e']
    const events = fc.array(fc.record({ host: fc.constantFrom(...hosts), failed: fc.boolean(), after: fc.nat(2000) }))
    fc.assert(
      fc.property(events, fc.nat(100), (history, maxEjectionPercent) => {
        const state = new ClusterState()
        const policy = { ...POLICY, consecutive5xxErrors: 1, maxEjectionPercent }
        let now = 0
        for (const { host, failed, after } of history) {
          now += after
          recordOutcome(policy, state, state.of(host), failed, hosts.length, now)
          sweepEjections(state, now)
          const ejected = [...state.values()].filter(({ health }) => health === 'ejected').length
          expect(ejected).toBeLessThanOrEqual(Math.max(1, Math.floor((maxEjectionPercent * hosts.length) / 100)))
        }
      }),
    )
  })
})

test('state of an endpoint that is gone is forgotten', () => {
  const state = new ClusterState()
  state.of('a')
  state.of('b')
  state.retain(new Set(['b']))
  expect([...state.values()].map(({ instance }) => instance)).toEqual(['b'])
})

test.each([
  [0, true],
  [500, true],
  [503, true],
  [499, false],
  [200, false],
])('status %d counts as a failure: %s', (status, failure) => {
  expect(isEndpointFailure(status)).toBe(failure)
})
