import { expect, test } from 'vitest'
import { placesOf, problemsOf } from '../testing/problems.ts'
import { readRateLimit } from './annotations.ts'

const LIMIT = 'meshmart.io/local-rate-limit'
const RATE = 'meshmart.io/outlier-success-rate'
/** A real Istio refuses a Sidecar that says nothing. */
const SPEC = '{outboundTrafficPolicy: {mode: REGISTRY_ONLY}}'
const annotated = (name: string, text: string) => `{name: a, annotations: {${name}: '${text}'}}`

test.each([
  '',
  '[]',
  '{"maxTokens": 1}',
  '{"maxTokens": 0, "fillInterval": "1s"}',
  '{"maxTokens": 1, "fillInterval": "49ms"}',
  '{"maxTokens": 1, "fillInterval": "1s", "burst": 2}',
  '{"maxTokens": 1.5, "fillInterval": "1s"}',
])('a rate limit %j is refused', (text) => {
  expect(() => readRateLimit(text)).toThrow(SyntaxError)
  expect(placesOf(problemsOf('Sidecar', SPEC, annotated(LIMIT, text)))).toEqual([
    `error metadata.annotations."${LIMIT}"`,
  ])
})

test('a Sidecar with it is fine', () => {
  const text = '{"maxTokens": 100, "tokensPerFill": 10, "fillInterval": "1s"}'
  expect(placesOf(problemsOf('Sidecar', SPEC, annotated(LIMIT, text)))).toEqual([])
})

test('a success rate belongs to outlier detection, and each annotation to its kind', () => {
  const place = (name: string) => [`error metadata.annotations."${name}"`]
  expect(
    problemsOf('DestinationRule', '{host: a, trafficPolicy: {outlierDetection: {}}}', annotated(RATE, '{}')),
  ).toEqual([])
  expect(placesOf(problemsOf('DestinationRule', '{host: a}', annotated(RATE, '{}')))).toEqual(place(RATE))
  expect(placesOf(problemsOf('DestinationRule', '{host: a}', annotated(LIMIT, '{}')))).toEqual(place(LIMIT))
})

test('that a resource takes the place of the folder’s may stand on any, and means one thing', () => {
  const name = 'meshmart.io/overrides'
  expect(problemsOf('DestinationRule', '{host: a}', annotated(name, 'folder'))).toEqual([])
  expect(placesOf(problemsOf('DestinationRule', '{host: a}', annotated(name, 'yes')))).toEqual([
    `error metadata.annotations."${name}"`,
  ])
  const noted = 'meshmart.io/overridden'
  expect(placesOf(problemsOf('DestinationRule', '{host: a}', annotated(noted, '0123456789abcdef')))).toEqual([
    `error metadata.annotations."${noted}"`,
  ])
})
