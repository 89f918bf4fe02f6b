import { expect, it } from 'vitest'
import { expandHost, serviceOf } from './host-names.ts'
import { isTooOld } from './nats-connection.ts'

it.each([
  ['inventory', 'inventory.meshmart.svc.cluster.local'],
  ['control-plane.meshmart-system', 'control-plane.meshmart-system.svc.cluster.local'],
  ['inventory.meshmart.svc', 'inventory.meshmart.svc.cluster.local'],
  ['inventory.meshmart.svc.cluster.local', 'inventory.meshmart.svc.cluster.local'],
  ['api.acquirer.example', 'api.acquirer.example'],
])('%s stands for %s', (written, full) => {
  expect(expandHost(written, 'meshmart', 'cluster.local')).toBe(full)
})

it('splits a host as Istio does', () => {
  expect(serviceOf('inventory.meshmart.svc.cluster.local')).toEqual({ name: 'inventory', namespace: 'meshmart' })
  expect(serviceOf('api.acquirer.example')).toEqual({ name: 'api.acquirer.example', namespace: 'unknown' })
})

it.each([
  ['2.9.10', true],
  ['2.10.27', true],
  ['2.11.0', false],
  ['2.14.6', false],
  ['3.0.0-beta.1', false],
])('nats-server %s is too old: %s', (version, tooOld) => {
  expect(isTooOld(version)).toBe(tooOld)
})
