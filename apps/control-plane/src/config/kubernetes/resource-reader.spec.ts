import { describe, expect, it } from 'vitest'
import type { KubernetesObject } from './api.ts'
import { definitionsOf } from './kubernetes-source.ts'
import { documentOf, ResourceReader } from './resource-reader.ts'
import { ISTIO_TYPES, MESH_CONFIG, type WatchedType } from './watched-types.ts'

const RULE = ISTIO_TYPES.find(({ kind }) => kind === 'DestinationRule') as WatchedType
const object = (
  more: Partial<KubernetesObject['metadata']> = {},
  spec: object = { host: 'reviews' },
): KubernetesObject => ({
  metadata: { name: 'reviews', namespace: 'shop', uid: 'u1', generation: 1, resourceVersion: '7', ...more },
  spec,
})

describe('documentOf', () => {
  it('keeps what its author wrote and what decides conflicts, and nothing of the book-keeping', () => {
    const seen = object({
      creationTimestamp: '2026-01-01T00:00:00Z',
      managedFields: [{}],
      labels: { team: 'a' },
      annotations: { note: 'b', 'kubectl.kubernetes.io/last-applied-configuration': '{}' },
    })
    expect(documentOf(RULE, { ...seen, status: { conditions: [] } })).toEqual({
      apiVersion: 'networking.istio.io/v1',
      kind: 'DestinationRule',
      metadata: {
        name: 'reviews',
        namespace: 'shop',
        uid: 'u1',
        generation: 1,
        creationTimestamp: '2026-01-01T00:00:00Z',
        labels: { team: 'a' },
        annotations: { note: 'b' },
      },
      spec: { host: 'reviews' },
    })
  })

  it('takes the mesh configuration alone out of its ConfigMap', () => {
    const metadata = { name: 'istio', namespace: 'istio-system' }
    const document = documentOf(MESH_CONFIG, { metadata, data: { mesh: '{}', meshNetworks: 'networks: {}' } })
    expect(document).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap', data: { mesh: '{}' } })
    expect(JSON.stringify(document)).not.toContain('meshNetworks')
  })
})

describe('ResourceReader', () => {
  it('reads again only what says something else', () => {
    const reader = new ResourceReader()
    const read = (seen: KubernetesObject) => reader.read([{ type: RULE, object: seen }])[0]!
    const first = read(object())
    expect(first).toMatchObject({ name: 'DestinationRule shop/reviews', problems: [] })
    const withStatus = { ...object({ resourceVersion: '8' }), status: {} }
    const second = read(withStatus)
    expect([second.document === first.document, second.object === withStatus]).toEqual([true, true])
    expect(read(object({ generation: 2 }, { host: 'ratings' })).document).not.toBe(first.document)
    expect(read(object({ uid: 'u2', generation: 2 }, { host: 'ratings' })).document.metadata['uid']).toBe('u2')
  })

  it('says what is wrong with one', () => {
    const [read] = new ResourceReader().read([{ type: RULE, object: object({}, { hoost: 'reviews' }) }])
    expect(read?.problems.map(({ path }) => path)).toContain('spec.hoost')
  })
})

describe('definitionsOf', () => {
  it('reads ports, protocols, addresses and visibility of a Service, and leaves aliases out', () => {
    const service = (name: string, spec: object): KubernetesObject => ({
      metadata: { name, namespace: 'shop', labels: { a: 'b' }, annotations: { 'networking.istio.io/exportTo': '.' } },
      spec,
    })
    const definitions = definitionsOf([
      service('reviews', {
        clusterIP: '10.0.0.1',
        ports: [{ name: 'db', port: 5_432, appProtocol: 'tcp' }, { port: 80 }],
      }),
      service('elsewhere', { type: 'ExternalName', externalName: 'example.com' }),
    ])
    expect([...definitions]).toEqual([
      [
        'reviews.shop.svc.cluster.local',
        {
          ports: [5_432, 80],
          portNames: { '5432': 'tcp-db' },
          labels: { a: 'b' },
          exportTo: ['.'],
          addresses: ['10.0.0.1'],
        },
      ],
    ])
  })
})
