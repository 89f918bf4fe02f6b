import { beforeAll, expect, test } from 'vitest'
import { corsPreflight, corsResponseFields, corsVerdict, prepareCors } from './cors.ts'
import { loadRegexEngine } from './regex.ts'
import type { CorsPolicy } from './snapshot.ts'

beforeAll(loadRegexEngine)

const POLICY: CorsPolicy = {
  allowOrigins: [
    { kind: 'exact', value: 'https://shop.example' },
    { kind: 'regex', value: 'https://.*\\.shop\\.example' },
  ],
  allowMethods: ['GET', 'PUT'],
  allowHeaders: ['x-a', 'x-b'],
  exposeHeaders: ['x-c'],
  maxAgeSeconds: 600,
  allowCredentials: true,
  unmatchedPreflights: 'FORWARD',
}
const OURS = 'https://eu.shop.example'
const OTHER = 'https://evil.example'

function written(write: (target: Parameters<typeof corsResponseFields>[2]) => void): Record<string, string> {
  const fields: Record<string, string> = {}
  const set = (name: string, value: string): void => void (fields[name] = value)
  write({ setHeader: set, addHeader: set, removeHeader: () => undefined })
  return fields
}

// Envoy: CorsFilter::decodeHeaders.
test.each<[string, string | undefined, string | undefined, 'FORWARD' | 'IGNORE', 'forward' | 'preflight']>([
  ['OPTIONS', OURS, 'PUT', 'FORWARD', 'preflight'],
  ['OPTIONS', OTHER, 'PUT', 'FORWARD', 'forward'],
  ['OPTIONS', OTHER, 'PUT', 'IGNORE', 'preflight'],
  ['OPTIONS', undefined, 'PUT', 'IGNORE', 'forward'],
  ['OPTIONS', '', 'PUT', 'IGNORE', 'forward'],
  ['OPTIONS', OURS, undefined, 'FORWARD', 'forward'],
  ['GET', OURS, 'PUT', 'FORWARD', 'forward'],
])('%s of origin %s asking for %s, unmatched %s: %s', (method, origin, requestMethod, unmatchedPreflights, verdict) => {
  expect(corsVerdict(prepareCors({ ...POLICY, unmatchedPreflights }), method, origin, requestMethod)).toBe(verdict)
})

test('a preflight is answered with what is allowed', () => {
  expect(written((target) => corsPreflight(prepareCors(POLICY), OURS, 'PUT', 'x-a', target))).toEqual({
    'access-control-allow-origin': OURS,
    'access-control-allow-credentials': 'true',
    'access-control-allow-methods': 'GET,PUT',
    'access-control-allow-headers': 'x-a,x-b',
    'access-control-max-age': '600',
  })
})

test('a star among methods or headers echoes what was asked for', () => {
  const cors = prepareCors({
    ...POLICY,
    allowMethods: ['*'],
    allowHeaders: ['*'],
    maxAgeSeconds: null,
    allowCredentials: false,
  })
  expect(written((target) => corsPreflight(cors, OURS, 'PATCH', 'x-z', target))).toEqual({
    'access-control-allow-origin': OURS,
    'access-control-allow-methods': 'PATCH',
    'access-control-allow-headers': 'x-z',
  })
  expect(written((target) => corsPreflight(cors, OURS, 'PATCH', undefined, target))).not.toHaveProperty(
    'access-control-allow-headers',
  )
})

test('an ignored preflight of another origin is not allowed', () => {
  const fields = written((target) => corsPreflight(prepareCors(POLICY), OTHER, 'PUT', undefined, target))
  expect(fields).not.toHaveProperty('access-control-allow-origin')
})

test('other answers get the fields of an allowed origin only', () => {
  const cors = prepareCors(POLICY)
  expect(written((target) => corsResponseFields(cors, OURS, target))).toEqual({
    'access-control-allow-origin': OURS,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': 'x-c',
  })
  for (const origin of [OTHER, '', undefined])
    expect(written((target) => corsResponseFields(cors, origin, target))).toEqual({})
})

test('the origin * allows all of them', () => {
  const cors = prepareCors({ ...POLICY, allowOrigins: [{ kind: 'exact', value: '*' }] })
  expect(corsVerdict(cors, 'OPTIONS', OTHER, 'PUT')).toBe('preflight')
})
