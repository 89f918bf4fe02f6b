import { beforeAll, expect, test } from 'vitest'
import { prepareRedirect, redirectLocation } from './redirect.ts'
import { loadRegexEngine } from './regex.ts'
import { prepareRewrite, rewriteTarget } from './rewrite.ts'
import type { Redirect, Rewrite, StringMatch } from './snapshot.ts'

beforeAll(loadRegexEngine)

const prefix = (value: string): StringMatch => ({ kind: 'prefix', value })
const exact = (value: string): StringMatch => ({ kind: 'exact', value })
const regex = (value: string): StringMatch => ({ kind: 'regex', value })

// Envoy: RouteEntryImplBase::finalizePathHeader; Istio: TranslateRouteMatch and applyHTTPRouteDestination.
test.each<[StringMatch | undefined, Rewrite, string, string]>([
  [prefix('/api/'), { uri: '/' }, '/api/orders?x=1', '/orders?x=1'],
  [prefix('/api'), { uri: '/' }, '/api/orders', '//orders'],
  [prefix('/api'), { uri: '/v2' }, '/apis', '/v2s'],
  [prefix('/api'), { uri: '/v2' }, '/api?x=/api', '/v2?x=/api'],
  [exact('/api'), { uri: '/v2' }, '/api?x=1', '/v2?x=1'],
  [regex('/a.*'), { uri: '/v2' }, '/abc', '/v2'],
  [undefined, { uri: '/v2' }, '/a', '/v2a'],
  [prefix('/api'), { uri: 'v2' }, '/api/a', '/v2/a'],
  [prefix('/api'), { authority: 'b' }, '/api/a', '/api/a'],
  [
    prefix('/'),
    { uriRegex: { match: '^/service/([^/]+)(/.*)$', rewrite: '\\2/of/\\1' } },
    '/service/a/b?c=/d',
    '/b/of/a?c=/d',
  ],
  [prefix('/'), { uriRegex: { match: 'nothing', rewrite: 'x' } }, '/a', '/a'],
  [prefix('/'), { uriRegex: { match: '^/', rewrite: '' } }, '/a', '/a'],
  [undefined, { uri: '/v2' }, '*', '*'],
])('match %j, rewrite %j: %s becomes %s', (uri, rewrite, target, result) => {
  expect(rewriteTarget(prepareRewrite(rewrite, uri && { uri }), target)).toBe(result)
})

test('the authority is told apart', () => {
  expect(prepareRewrite({ authority: 'b' }, undefined).authority).toBe('b')
  expect(prepareRewrite({ uri: '/' }, undefined).authority).toBeNull()
})

// Envoy: newUri and processRequestHost; Istio: ApplyRedirect.
test.each<[Partial<Redirect>, 'http' | 'https', number | undefined, string, string]>([
  [{ uri: '/new' }, 'http', 80, 'a.example', 'http://a.example/new?x=1'],
  [{ uri: '/new?y=2' }, 'http', 80, 'a.example', 'http://a.example/new?y=2'],
  [{ authority: 'b.example' }, 'http', 80, 'a.example', 'http://b.example/old/p?x=1'],
  [{ scheme: 'https' }, 'http', 80, 'a.example:80', 'https://a.example/old/p?x=1'],
  [{ scheme: 'https' }, 'http', 8080, 'a.example:8080', 'https://a.example:8080/old/p?x=1'],
  [{ scheme: 'http' }, 'https', 443, 'a.example:443', 'http://a.example/old/p?x=1'],
  [{ port: 8443 }, 'http', 80, 'a.example:80', 'http://a.example:8443/old/p?x=1'],
  [{ port: 8443, scheme: 'https' }, 'http', 80, '[::1]:80', 'https://[::1]:8443/old/p?x=1'],
  [{ port: 443, scheme: 'https', authority: 'b' }, 'http', 80, 'a', 'https://b/old/p?x=1'],
  [{ port: 80 }, 'http', 8080, 'a', 'http://a/old/p?x=1'],
  [{ derivePort: 'FROM_REQUEST_PORT', authority: 'b' }, 'http', 8080, 'a:8080', 'http://b:8080/old/p?x=1'],
  [{ derivePort: 'FROM_REQUEST_PORT', authority: 'b' }, 'http', undefined, 'a:8080', 'http://b:8080/old/p?x=1'],
  [{ derivePort: 'FROM_REQUEST_PORT', authority: 'b' }, 'http', undefined, 'a', 'http://b/old/p?x=1'],
  [{ derivePort: 'FROM_PROTOCOL_DEFAULT', authority: 'b' }, 'http', 8080, 'a:8080', 'http://b/old/p?x=1'],
  [{ uri: '%PREFIX()%/v2' }, 'http', 80, 'a', 'http://a/v2/p?x=1'],
  [{ uri: '%PREFIX()%/v2', scheme: 'https' }, 'http', 80, '[::1]', 'https://[::1]/v2/p?x=1'],
])('%j of a listener %s:%s, authority %s: %s', (redirect, scheme, port, authority, location) => {
  const reader = { namespace: 'a', labels: {}, locality: '', scheme, ...(port !== undefined && { port }) }
  const prepared = prepareRedirect({ status: 301, ...redirect }, { uri: prefix('/old') }, reader)
  expect(redirectLocation(prepared, '/old/p?x=1', authority)).toBe(location)
})

test('a status that does not redirect is refused', () => {
  const reader = { namespace: 'a', labels: {}, locality: '' }
  expect(() => prepareRedirect({ status: 304 }, undefined, reader)).toThrow('304')
})
