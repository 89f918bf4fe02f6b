import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEFAULT_RETRY_POLICY, isRetriable, isRetryOnWord, prepareRetryPolicy, type TryOutcome } from './retry.ts'

const prepare = (...retryOn: string[]) => prepareRetryPolicy({ attempts: 2, perTryTimeoutMs: 0, retryOn })
const outcome = (more: Partial<TryOutcome>): TryOutcome => {
  return { kind: 'response', status: 0, grpcStatus: -1, requestSent: true, ...more }
}
const GET = { method: 'GET', hasIdempotencyKey: false }
const POST = { method: 'POST', hasIdempotencyKey: false }
const response = (status: number) => outcome({ status })
const connectFailure = outcome({ kind: 'connect-failure', requestSent: false })
const reset = outcome({ kind: 'reset' })

describe('what an operator wants retried', () => {
  test.each([
    ['5xx', response(500), true],
    ['5xx', reset, true],
    ['5xx', response(404), false],
    ['gateway-error', response(502), true],
    ['gateway-error', response(500), false],
    ['reset', reset, true],
    ['reset', outcome({ kind: 'per-try-timeout' }), true],
    ['reset', response(503), false],
    ['connect-failure', connectFailure, true],
    ['connect-failure', reset, false],
    ['refused-stream', outcome({ kind: 'refused-stream', requestSent: false }), true],
    ['reset-before-request', outcome({ kind: 'reset', requestSent: false }), true],
    ['reset-before-request', reset, false],
    ['retriable-4xx', response(409), true],
    ['retriable-4xx', response(404), false],
    ['503', response(503), true],
    ['503', response(500), false],
    ['unavailable', outcome({ status: 200, grpcStatus: 14 }), true],
    ['cancelled', outcome({ status: 200, grpcStatus: 14 }), false],
    ['deadline-exceeded', outcome({ status: 200, grpcStatus: 4 }), true],
    ['resource-exhausted', outcome({ status: 200, grpcStatus: 8 }), true],
    ['internal', outcome({ status: 200, grpcStatus: 13 }), true],
    ['5xx', outcome({ kind: 'protocol-error' }), true],
    ['reset', outcome({ kind: 'protocol-error' }), true],
    ['connect-failure', outcome({ kind: 'protocol-error' }), false],
    ['5xx', outcome({ kind: 'overflow', requestSent: false }), false],
    ['reset-before-request', outcome({ kind: 'overflow', requestSent: false }), false],
    ['envoy-ratelimited', outcome({ status: 429, rateLimited: true }), true],
    ['envoy-ratelimited', response(429), false],
    ['429', outcome({ status: 429, rateLimited: true }), false],
    ['5xx', outcome({ status: 503, rateLimited: true }), false],
    ['retriable-status-codes', response(503), false],
    ['retriable-headers', response(503), false],
    ['http3-post-connect-failure', reset, false],
  ])('%s', (word, ended, wanted) => {
    expect(isRetriable(prepare(word), ended, GET)).toBe(wanted)
  })
})

describe('safe by default', () => {
  test('what cannot be repeated is never repeated once a byte of it was sent', () => {
    const kinds = fc.constantFrom<TryOutcome['kind']>('response', 'reset', 'per-try-timeout', 'refused-stream')
    const methods = fc.constantFrom('POST', 'PATCH', 'CONNECT', 'get')
    fc.assert(
      fc.property(kinds, methods, fc.integer({ min: 100, max: 599 }), (kind, method, status) => {
        const everything = prepare('5xx', 'reset', 'gateway-error', 'refused-stream', 'retriable-4xx', String(status))
        expect(isRetriable(everything, outcome({ kind, status }), { method, hasIdempotencyKey: false })).toBe(false)
      }),
    )
  })

  test('a POST is repeated if nothing reached the peer, or with an Idempotency-Key', () => {
    expect(isRetriable(prepare('connect-failure'), connectFailure, POST)).toBe(true)
    expect(isRetriable(prepare('503'), response(503), { method: 'POST', hasIdempotencyKey: true })).toBe(true)
  })

  test.each(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])('%s is idempotent', (method) => {
    expect(isRetriable(prepare('reset'), reset, { method, hasIdempotencyKey: false })).toBe(true)
  })
})

test('the default does not repeat what the service may have begun', () => {
  const policy = prepareRetryPolicy(DEFAULT_RETRY_POLICY)
  expect(policy.attempts).toBe(2)
  expect(isRetriable(policy, connectFailure, POST)).toBe(true)
  expect(isRetriable(policy, reset, GET)).toBe(false)
})

test('a word that Envoy does not know is refused by name', () => {
  expect(() => prepare('5xx', 'sometimes')).toThrow('sometimes')
  expect(isRetryOnWord('600')).toBe(false)
})

test('what a policy does not say is as in Istio', () => {
  expect(prepare('5xx')).toMatchObject({ backoffMs: 25, ignorePreviousHosts: true, remoteLocalities: false })
  const written = {
    attempts: 1,
    perTryTimeoutMs: 0,
    retryOn: [],
    backoffMs: 10,
    ignorePreviousHosts: false,
    remoteLocalities: true,
  }
  expect(prepareRetryPolicy(written)).toMatchObject({
    backoffMs: 10,
    ignorePreviousHosts: false,
    remoteLocalities: true,
  })
})
