import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClusterState, type EjectionCause } from './cluster-state.ts'
import { HEALTH_TRANSITIONS, MAX_EJECTION_TIME_MS } from './internal.ts'
import { recordOutcome, sweepEjections } from './outlier-detection.ts'
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
  return outcomes(state, instance, times, 500, hosts, now, policy) !== null
}

function outcomes(
  state: ClusterState,
  instance: string,
  times: number,
  status: number,
  hosts: number,
  now: number,
  policy: OutlierDetection,
): EjectionCause | null {
  let cause: EjectionCause | null = null
  for (let time = 0; time < times; time++) cause = recordOutcome(policy, state, state.of(instance), status, hosts, now)
  return cause
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
    recordOutcome(POLICY, state, state.of('a'), 200, 2, 0)
    expect(fail(state, 'a', 2, 2, 0)).toBe(false)
  })

  test('lasts longer each time, and a healthy interval forgives one', () => {
    const state = new ClusterState()
    fail(state, 'a', 3, 2, 0)
    expect(sweepEjections(POLICY, state, 2, 4999)).toBeNull()
    expect(sweepEjections(POLICY, state, 2, 5000)?.readmitted).toEqual([state.of('a')])
    fail(state, 'a', 3, 2, 6000)
    expect(state.of('a').ejectedUntil).toBe(16_000)
    sweepEjections(POLICY, state, 2, 16_000)
    sweepEjections(POLICY, state, 2, 17_000)
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
          recordOutcome(policy, state, state.of(host), failed ? 500 : 200, hosts.length, now)
          sweepEjections(policy, state, hosts.length, now)
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

describe('what counts', () => {
  const FIVE = { ...POLICY, consecutive5xxErrors: 5, consecutiveGatewayErrors: 2 }

  test.each([0, 502, 503, 504])('status %d is a gateway error', (status) => {
    expect(outcomes(new ClusterState(), 'a', 2, status, 2, 0, FIVE)).toBe('consecutive-gateway-failure')
  })

  test('500 is none, and interrupts a row of them', () => {
    const state = new ClusterState()
    expect(outcomes(state, 'a', 4, 500, 2, 0, FIVE)).toBeNull()
    const other = new ClusterState()
    for (const status of [502, 500, 502]) expect(outcomes(other, 'b', 1, status, 2, 0, FIVE)).toBeNull()
    expect(outcomes(other, 'b', 1, 502, 2, 0, FIVE)).toBe('consecutive-gateway-failure')
    expect(outcomes(state, 'a', 1, 500, 2, 0, FIVE)).toBe('consecutive-5xx')
  })

  test('4xx is a success', () => {
    const state = new ClusterState()
    outcomes(state, 'a', 4, 500, 2, 0, FIVE)
    outcomes(state, 'a', 1, 429, 2, 0, FIVE)
    expect(state.of('a')).toMatchObject({ consecutive5xx: 0, successes: 1, requests: 5 })
  })

  test('split: failures without an answer are counted apart', () => {
    const split = { ...FIVE, splitExternalLocalOriginErrors: true, consecutiveLocalOriginFailures: 3 }
    const state = new ClusterState()
    expect(outcomes(state, 'a', 2, 0, 2, 0, split)).toBeNull()
    expect(outcomes(state, 'a', 1, 500, 2, 0, split)).toBeNull()
    expect(outcomes(state, 'a', 2, 0, 2, 0, split)).toBeNull()
    expect(outcomes(state, 'a', 1, 0, 2, 0, split)).toBe('consecutive-local-origin-failure')
    expect(state.of('a').consecutive5xx).toBe(1)
  })
})

describe('success rate', () => {
  const RATE = {
    ...POLICY,
    consecutive5xxErrors: 0,
    maxEjectionPercent: 100,
    successRate: { minimumHosts: 5, requestVolume: 10, stdevFactor: 1900 },
  }
  const served = (state: ClusterState, instance: string, good: number, bad: number, status = 500): void => {
    outcomes(state, instance, good, 200, 5, 0, RATE)
    outcomes(state, instance, bad, status, 5, 0, RATE)
  }

  test('whoever is below mean − factor × deviation goes: Envoy’s own example, 50 among hundreds, threshold 52', () => {
    const state = new ClusterState()
    for (const instance of ['a', 'b', 'c', 'd']) served(state, instance, 10, 0)
    served(state, 'e', 5, 5)
    const sweep = sweepEjections(RATE, state, 5, 1000)
    expect(sweep?.ejected.map(({ instance }) => instance)).toEqual(['e'])
    expect(state.of('e')).toMatchObject({ health: 'ejected', ejectedFor: 'success-rate', ejectedUntil: 6000 })
  })

  test('one interval is not carried into the next', () => {
    const state = new ClusterState()
    for (const instance of ['a', 'b', 'c', 'd', 'e']) served(state, instance, 5, 5)
    expect(sweepEjections(RATE, state, 5, 1000)).toBeNull()
    for (const instance of ['a', 'b', 'c', 'd']) served(state, instance, 10, 0)
    served(state, 'e', 9, 0)
    expect(sweepEjections(RATE, state, 5, 2000)).toBeNull()
  })

  test('too few hosts, or too few with enough requests, say nothing', () => {
    const few = new ClusterState()
    for (const instance of ['a', 'b', 'c']) served(few, instance, 10, 0)
    served(few, 'd', 0, 10)
    expect(sweepEjections(RATE, few, 4, 1000)).toBeNull()
    const quiet = new ClusterState()
    for (const instance of ['a', 'b', 'c', 'd']) served(quiet, instance, 10, 0)
    served(quiet, 'e', 0, 9)
    expect(sweepEjections(RATE, quiet, 5, 1000)).toBeNull()
  })

  test('with the split, failures without an answer have a rate of their own', () => {
    const split = { ...RATE, splitExternalLocalOriginErrors: true }
    const state = new ClusterState()
    for (const instance of ['a', 'b', 'c', 'd', 'e']) outcomes(state, instance, 10, 200, 5, 0, split)
    outcomes(state, 'e', 10, 0, 5, 0, split)
    sweepEjections(split, state, 5, 1000)
    expect(state.of('e').ejectedFor).toBe('success-rate-local-origin')
  })
})

test('every event of the table can happen', () => {
  const causes = Object.values(HEALTH_TRANSITIONS).flatMap((leads) => Object.keys(leads))
  expect(new Set(causes)).toEqual(
    new Set([
      'consecutive-5xx',
      'consecutive-gateway-failure',
      'consecutive-local-origin-failure',
      'success-rate',
      'success-rate-local-origin',
      'time-served',
    ]),
  )
})

test('an ejected endpoint begins anew when it is back', () => {
  const state = new ClusterState()
  fail(state, 'a', 5, 2, 0)
  sweepEjections(POLICY, state, 2, 5000)
  expect(fail(state, 'a', 2, 2, 5001)).toBe(false)
  expect(fail(state, 'a', 1, 2, 5001)).toBe(true)
})
