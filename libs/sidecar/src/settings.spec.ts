import { expect, it } from 'vitest'
import * as z from 'zod'
import { sidecarSettingsShape } from './settings.ts'

const schema = z.object(sidecarSettingsShape)
const least = {
  MESH_WORKLOAD: 'orders',
  MESH_INSTANCE: 'orders-1',
  MESH_ROOT_CERT_FILE: '/r',
  MESH_JOIN_TOKEN_FILE: '/t',
}

it('has a default for everything but who we are and how to prove it', () => {
  expect(schema.parse(least)).toMatchObject({
    MESH_NAMESPACE: 'meshmart',
    MESH_TRUST_DOMAIN: 'cluster.local',
    MESH_INBOUND_PORT: 0,
    MESH_TRACE_SAMPLING: 1,
  })
})

it.each([
  ['MESH_WORKLOAD', 'Orders!'],
  ['MESH_INBOUND_PORT', '70000'],
  ['MESH_BIND_ADDRESS', 'localhost'],
  ['MESH_CONTROL_PLANE_URL', 'http://127.0.0.1'],
  ['MESH_NATS_URL', 'no url'],
  ['MESH_TRACE_SAMPLING', '2'],
  ['LOG_LEVEL', 'loud'],
])('names %s where it is %s', (name, value) => {
  const result = schema.safeParse({ ...least, [name]: value })
  expect(result.error?.issues.map((issue) => issue.path.join('.'))).toEqual([name])
})
