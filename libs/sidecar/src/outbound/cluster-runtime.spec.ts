import { expect, it } from 'vitest'
import type { Endpoint } from '@meshmart/mesh-policy'
import { WorkloadIdentity } from '../identity/workload-identity.ts'
import { makeAuthority } from '../testing/certificates.ts'
import { RecordedLog } from '../testing/recorded-log.ts'
import { clusterOf } from '../testing/snapshots.ts'
import { ClusterRuntime } from './cluster-runtime.ts'

const endpoint = (instance: string, port: number): Endpoint => ({
  instance,
  address: '127.0.0.1',
  ports: { '80': port },
  identity: 'spiffe://cluster.local/ns/meshmart/sa/orders',
  transport: 'mtls',
  labels: {},
  locality: '',
  weight: 1,
})

it('holds against a replica what it did itself, and not what its predecessor at another address did', async () => {
  const authority = await makeAuthority()
  const spiffeId = 'spiffe://cluster.local/ns/meshmart/sa/gateway'
  const { key, chain } = await authority.issue(spiffeId)
  const identity = new WorkloadIdentity(spiffeId, 'cluster.local', {
    privateKey: key,
    certificateChain: chain,
    trustBundle: authority.root,
    notBefore: new Date(),
    notAfter: new Date(Date.now() + 3_600_000),
  })
  const outlierDetection = {
    consecutive5xxErrors: 3,
    intervalMs: 1000,
    baseEjectionTimeMs: 60_000,
    maxEjectionPercent: 100,
  }
  const cluster = clusterOf('orders.meshmart.svc.cluster.local', { outlierDetection })
  const runtime = new ClusterRuntime(cluster, {
    identity,
    reader: { namespace: 'meshmart', labels: {}, locality: '' },
    random: () => 0.5,
    log: new RecordedLog(),
  })
  runtime.update([endpoint('orders-1', 1001), endpoint('orders-2', 1002)])
  const dead = runtime.picker.candidates.find((candidate) => candidate.endpoint.instance === 'orders-1')
  expect(dead).toBeDefined()
  for (let failure = 0; failure < 3; failure++) if (dead !== undefined) runtime.record(dead, 0)
  const admitted = (): string[] => runtime.picker.candidates.map((candidate) => candidate.endpoint.instance)
  expect(admitted()).toEqual(['orders-2'])
  runtime.update([endpoint('orders-1', 1001), endpoint('orders-2', 1002)])
  expect(admitted()).toEqual(['orders-2'])
  runtime.update([endpoint('orders-1', 1003), endpoint('orders-2', 1002)])
  expect(admitted()).toEqual(['orders-1', 'orders-2'])
  runtime.destroy()
})
