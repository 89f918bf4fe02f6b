/** A mesh of any size for tests and measurements: services in one namespace, a VirtualService and a DestinationRule for each. */
import type { VirtualHost } from '@meshmart/mesh-policy'
import type { MeshModel } from '../compile/model.ts'
import type { MeshService } from '../compile/service.ts'
import { parseResources } from '../parse.ts'

export const READER = { namespace: 'shop', labels: {}, locality: '' }

const nameOf = (index: number): string => `service-${index}`

export interface LargeMesh {
  readonly model: MeshModel
  readonly hosts: readonly string[]
  /** One document. @param seconds of its timeout */
  virtualService(index: number, seconds: number): string
}

export function largeMesh(count: number): LargeMesh {
  const indices = Array.from({ length: count }, (_, index) => index)
  const services = indices.map((index): MeshService => {
    const name = nameOf(index)
    return { host: `${name}.shop.svc.cluster.local`, namespace: 'shop', name, ports: [80], accounts: [] }
  })
  const virtualService = (index: number, seconds: number): string => {
    const to = (subset: string, weight: number) => ({ destination: { host: nameOf(index), subset }, weight })
    const spec = {
      hosts: [nameOf(index)],
      http: [
        { match: [{ uri: { prefix: '/canary' } }], route: [to('v2', 100)], timeout: `${seconds}s` },
        { route: [to('v1', 90), to('v2', 10)], mirror: { host: nameOf((index + 1) % count) } },
      ],
    }
    return document('VirtualService', `routes-${index}`, spec)
  }
  const rule = (index: number): string => {
    const version = (name: string) => ({ name, labels: { version: name } })
    const trafficPolicy = { outlierDetection: { consecutive5xxErrors: 5 } }
    return document('DestinationRule', `rule-${index}`, {
      host: nameOf(index),
      trafficPolicy,
      subsets: [version('v1'), version('v2')],
    })
  }
  const text = indices.flatMap((index) => [virtualService(index, 10), rule(index)]).join('\n---\n')
  const { resources, problems } = parseResources(text, 'large.yaml')
  const errors = problems.filter(({ severity }) => severity === 'error')
  if (errors.length > 0) throw new Error(JSON.stringify(errors[0]))
  return { model: { resources, services }, hosts: services.map(({ host }) => host), virtualService }
}

function document(kind: string, name: string, spec: object): string {
  return JSON.stringify({ apiVersion: 'networking.istio.io/v1', kind, metadata: { name, namespace: 'shop' }, spec })
}

/** Hosts of a gateway, half of them wildcards, each with so many routes. */
export function largeVirtualHosts(count: number, routes = 1): VirtualHost[] {
  return Array.from({ length: count }, (_, index) => ({
    hosts: [`host-${index}.example.com`, `*.wild-${index}.example.com`],
    port: 80,
    routes: Array.from({ length: routes }, (__, place) => ({
      name: `route-${place}`,
      source: 'large',
      match: routes === 1 ? [] : [{ uri: { kind: 'prefix' as const, value: `/v1/thing-${place}/` } }],
      destinations: [],
      timeoutMs: 0,
      retries: { attempts: 0, perTryTimeoutMs: 0, retryOn: [] },
    })),
  }))
}
