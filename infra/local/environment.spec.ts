import { describe, expect, it } from 'vitest'
import type { ProcessDoors } from './doors.ts'
import { controlPlaneEnvironment, serviceEnvironment, sidecarEnvironment, type Surroundings } from './environment.ts'
import { homeOf } from './home.ts'
import { readSettings } from './settings.ts'
import { workloads } from './topology.ts'

const settings = readSettings({ MESHMART_HOME: '/home/of/a/test' })
const around: Surroundings = {
  settings,
  home: homeOf(settings),
  ports: {
    postgres: 1,
    nats: 2,
    natsMonitor: 3,
    acquirer: 6,
    acquirerAdmin: 7,
    mailboxSmtp: 8,
    mailboxHttp: 9,
    mailboxAdmin: 10,
    controlPlanes: [4, 5],
    doors: new Map(),
  },
}
const orders = workloads.find(({ name }) => name === 'orders')!
const doors: ProcessDoors = { placement: 'process', admin: 11, outbound: 12, app: 13, appAdmin: 14 }

describe('a replica whose sidecar is a process', () => {
  const app = serviceEnvironment(orders, 2, doors, around)
  const sidecar = sidecarEnvironment(orders, 2, doors, around)

  it('is the same workload in both of them', () => {
    for (const name of [
      'MESH_WORKLOAD',
      'MESH_NAMESPACE',
      'MESH_INSTANCE',
      'MESH_TRUST_DOMAIN',
      'MESH_CONTROL_PLANE_URL',
      'MESH_NATS_URL',
      'MESH_ROOT_CERT_FILE',
      'MESH_TRACE_SAMPLING',
      'MESH_JOIN_TOKEN_FILE',
    ]) {
      expect(app[name], name).toBeDefined()
      expect(sidecar[name], name).toBe(app[name])
    }
    expect(app['MESH_INSTANCE']).toBe('orders-2')
    expect([app, sidecar].map((each) => each['MESH_LABELS'])).toEqual(['version=v2', 'version=v2'])
  })

  it('and they find each other', () => {
    expect(sidecar['MESH_APP_PORTS']).toBe(`http:80:${app['MESH_APP_PORT']}`)
    expect(sidecar['MESH_OUTBOUND_PORT']).toBe(app['MESH_OUTBOUND_PORT'])
    expect(app['MESH_PLACEMENT']).toBe('process')
    expect(app['MESH_APP_ADMIN_PORT']).not.toBe(sidecar['MESH_ADMIN_PORT'])
  })

  it('what is the application’s alone its sidecar is not told', () => {
    expect(app['DATABASE_URL_FILE']).toBe('/home/of/a/test/secrets/postgres/orders.url')
    expect(sidecar).not.toHaveProperty('DATABASE_URL_FILE')
  })
})

it('everybody knows each replica of the control plane', () => {
  const environment = serviceEnvironment(orders, 1, { placement: 'embedded', admin: 11 }, around)
  expect(environment['MESH_CONTROL_PLANE_URL']).toBe('https://127.0.0.1:4,https://127.0.0.1:5')
  const controlPlane = workloads.find(({ kind }) => kind === 'control-plane')!
  expect([1, 2].map((replica) => controlPlaneEnvironment(controlPlane, replica, around))).toMatchObject([
    { CONTROL_PLANE_PORT: '4', CONTROL_PLANE_INSTANCE: 'control-plane-1' },
    { CONTROL_PLANE_PORT: '5', CONTROL_PLANE_INSTANCE: 'control-plane-2' },
  ])
})

it('an embedded sidecar needs one port more than none', () => {
  const environment = serviceEnvironment(orders, 1, { placement: 'embedded', admin: 11 }, around)
  expect(environment['MESH_ADMIN_PORT']).toBe('11')
  expect(environment).not.toHaveProperty('MESH_PLACEMENT')
})
