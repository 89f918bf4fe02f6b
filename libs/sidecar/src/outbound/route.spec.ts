/** What the chosen destination says of itself: its authority, where it is one of several. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { clusterOf } from '../testing/snapshots.ts'
import { HOST, PlainMesh } from './testing/plain-mesh.ts'

const OTHER = 'orders.meshmart.svc.cluster.local'
let mesh: PlainMesh

beforeEach(async () => {
  mesh = new PlainMesh()
  for (const host of [HOST, OTHER]) await mesh.serve((request, response) => response.end(request.headers.host), host)
})
afterEach(() => mesh.close())

const named = { cluster: clusterOf(HOST).name, weight: 50, headers: { request: { set: { host: 'named.test' } } } }
const unnamed = { cluster: clusterOf(OTHER).name, weight: 50 }
const NAMED = 0.1
const UNNAMED = 0.9

it('is asked for by the authority that is written at it, and the others by that of the request', async () => {
  const client = await mesh.open({ destinations: [named, unnamed] }, {}, { [OTHER]: {} })
  mesh.randoms.push(NAMED)
  expect((await client.call('GET', '/')).body).toBe('named.test')
  mesh.randoms.push(UNNAMED)
  expect((await client.call('GET', '/')).body).toBe('inventory')
})

it('gives way to the rewrite of its route, as in Envoy', async () => {
  const rewrite = { authority: 'route.test' }
  const client = await mesh.open({ destinations: [named, unnamed], rewrite }, {}, { [OTHER]: {} })
  for (const random of [NAMED, UNNAMED]) {
    mesh.randoms.push(random)
    expect((await client.call('GET', '/')).body).toBe('route.test')
  }
})
