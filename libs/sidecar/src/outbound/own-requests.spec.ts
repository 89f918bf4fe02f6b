import { afterEach, beforeEach, expect, it } from 'vitest'
import type { ExternalAuthorizer } from '@meshmart/mesh-policy'
import { OwnRequests } from './own-requests.ts'
import { PlainMesh } from './testing/plain-mesh.ts'

let mesh: PlainMesh
let own: OwnRequests
const authorizer: ExternalAuthorizer = {
  name: 'authoriser',
  service: 'authoriser.meshmart.svc.cluster.local',
  port: 80,
  timeoutMs: 1000,
  pathPrefix: '',
  failOpen: false,
  statusOnError: 403,
  includeRequestHeadersInCheck: [],
  includeAdditionalHeadersInCheck: {},
  headersToUpstreamOnAllow: [],
  headersToDownstreamOnAllow: [],
  headersToDownstreamOnDeny: [],
}

beforeEach(async () => {
  mesh = new PlainMesh()
  await mesh.serve((request, response) => {
    if (request.url === '/slow') return
    if (request.url === '/none') response.writeHead(404)
    if (request.url === '/long') response.end(Buffer.alloc(2 * 1024 * 1024))
    else response.end(`${request.method} ${request.headers.host} ${request.url} ${request.headers['x-user']}`)
  })
  own = new OwnRequests((await mesh.open()).stack)
})
afterEach(() => mesh.close())

it('asks an authoriser in the name of the request that it is about', async () => {
  const check = { method: 'PUT', authority: 'shop.test', target: '/check/a?b', headers: [['x-user', 'u']] as const }
  const { status, body } = await own.checkAccess(authorizer, check, AbortSignal.timeout(1000))
  expect([status, body]).toEqual([200, 'PUT shop.test /check/a?b u'])
  expect(mesh.ended[0]).toMatchObject({ authority: 'authoriser.meshmart.svc.cluster.local:80', traced: false })
})

it('gets keys, or says why not', async () => {
  expect(await own.fetchKeys('http://issuer/keys?x', 1000)).toBe('GET issuer /keys?x undefined')
  await expect(own.fetchKeys('http://issuer/none', 1000)).rejects.toThrow('answered 404')
  await expect(own.fetchKeys('http://issuer/slow', 50)).rejects.toThrow('in time')
  await expect(own.fetchKeys('http://issuer/long', 1000)).rejects.toThrow('longer than')
})
