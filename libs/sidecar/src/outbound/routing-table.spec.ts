/** What a snapshot means for its reader: whose clusters, which authority for which destination, which port. */
import { describe, expect, it } from 'vitest'
import { matchRoute } from '@meshmart/mesh-policy'
import { clusterOf, routeTo } from '../testing/snapshots.ts'
import { clustersOf, prepareRouting } from './routing-table.ts'

const HOST = 'inventory.meshmart.svc.cluster.local'
const reader = { namespace: 'meshmart', labels: { app: 'web', version: 'v2' }, locality: '' }

describe('clusters for some readers', () => {
  const everybody = clusterOf(HOST)
  const other = clusterOf('orders.meshmart.svc.cluster.local')
  const clusters = { [everybody.name]: everybody, [other.name]: other }
  const forLabels = (labels: Record<string, string>, loadBalancer: 'RANDOM' | 'ROUND_ROBIN') => ({
    labels,
    clusters: { [everybody.name]: { ...everybody, loadBalancer } },
  })

  it('takes those of the first DestinationRule whose labels it carries, and everybody’s for the rest', () => {
    const clustersFor = [
      forLabels({ app: 'web', version: 'v1' }, 'ROUND_ROBIN'),
      forLabels({ app: 'web' }, 'RANDOM'),
      forLabels({ version: 'v2' }, 'ROUND_ROBIN'),
    ]
    expect(clustersOf({ clusters, clustersFor }, reader)).toEqual({
      [everybody.name]: { ...everybody, loadBalancer: 'RANDOM' },
      [other.name]: other,
    })
  })

  it('takes everybody’s where none is for it', () => {
    expect(clustersOf({ clusters, clustersFor: [forLabels({ app: 'other' }, 'RANDOM')] }, reader)).toBe(clusters)
    expect(clustersOf({ clusters }, reader)).toBe(clusters)
  })
})

describe('a route of a service with several ports', () => {
  const port81 = clusterOf(HOST, { name: `outbound|81||${HOST}`, port: 81 })
  const clusters = { [clusterOf(HOST).name]: clusterOf(HOST), [port81.name]: port81 }
  const { routes } = prepareRouting(
    [
      routeTo(HOST, { match: [{ port: 81 }], destinations: [{ cluster: port81.name, weight: 100 }] }),
      routeTo(HOST, { match: [{ port: 80 }] }),
    ],
    clusters,
    reader,
  )
  const clusterFor = (authority: string): string | undefined => {
    const request = { method: 'GET', path: '/', query: '', authority, header: () => undefined }
    return matchRoute(routes, request)?.destinations[0]?.cluster
  }

  it.each([
    ['inventory', `outbound|80||${HOST}`],
    ['inventory:80', `outbound|80||${HOST}`],
    ['inventory:81', `outbound|81||${HOST}`],
    ['inventory:82', undefined],
  ])('is chosen by the port of %s', (authority, cluster) => expect(clusterFor(authority)).toBe(cluster))
})
