/** Everything that analysers look at, indexed once. */
import { ROOT_NAMESPACE } from '../compile/model.ts'
import type { MeshService } from '../compile/service.ts'
import { fieldOf } from './field-of.ts'
import { KubernetesIndex } from './kubernetes-index.ts'
import { KnownHosts } from './known-hosts.ts'
import { podsOf, type Pod } from './pods.ts'
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { MeshConfigSpec } from '../mesh-config/mesh-config-spec.ts'
import type { Kind, Resource } from '../resource.ts'

export interface AnalysisInput {
  readonly resources: readonly Resource[]
  readonly kubernetes: readonly KubernetesObject[]
  /** What a registry of a running mesh knows; none where files are all there is. */
  readonly registered: readonly MeshService[]
  /** Without it nothing is said about hosts, ports, pods and secrets that are missing: they may be elsewhere. */
  readonly servicesKnown: boolean
}

export type Of<K extends Kind> = Extract<Resource, { kind: K }>

export class AnalysisContext {
  readonly input: AnalysisInput
  readonly rootNamespace: string
  readonly hosts: KnownHosts
  readonly pods: readonly Pod[]
  readonly kubernetes: KubernetesIndex
  readonly #byKind = new Map<Kind, Resource[]>()
  readonly #podsIn = new Map<string, Pod[]>()

  constructor(input: AnalysisInput) {
    this.input = input
    for (const resource of input.resources) push(this.#byKind, resource.kind, resource)
    const root = fieldOf(this.meshConfig, 'rootNamespace')
    this.rootNamespace = typeof root === 'string' && root !== '' ? root : ROOT_NAMESPACE
    this.pods = podsOf(input.kubernetes)
    for (const pod of this.pods) push(this.#podsIn, pod.namespace, pod)
    this.kubernetes = new KubernetesIndex(input.kubernetes)
    this.hosts = this.#knownHosts()
  }

  of<K extends Kind>(kind: K): readonly Of<K>[] {
    // Each list holds one kind, which is what makes this assertion true.
    return (this.#byKind.get(kind) ?? []) as Of<K>[]
  }

  podsIn(namespace: string): readonly Pod[] {
    return this.#podsIn.get(namespace) ?? []
  }

  /** A registry gives workloads; files give pods. */
  get hasRegistry(): boolean {
    return this.input.registered.length > 0
  }

  get meshConfig(): MeshConfigSpec {
    return this.of('ConfigMap')[0]?.spec ?? {}
  }

  #knownHosts(): KnownHosts {
    const hosts = new KnownHosts()
    for (const { namespace, spec } of this.of('ServiceEntry')) {
      const ports = (spec.ports ?? []).map(({ number }) => number)
      const known = { ports, selector: spec.workloadSelector?.labels ?? {} }
      for (const host of spec.hosts ?? []) hosts.add(host, namespace, spec.exportTo ?? [], known)
    }
    for (const service of this.kubernetes.of('Service')) {
      const { ports = [], selector = {} } = service.content.spec ?? {}
      const exportTo = service.annotations['networking.istio.io/exportTo'] ?? ''
      const scopes = exportTo === '' ? [] : exportTo.split(',').map((scope) => scope.trim())
      hosts.add(service.name, service.namespace, scopes, { ports: ports.map(({ port }) => port ?? 0), selector })
    }
    for (const { host, namespace, ports } of this.input.registered)
      hosts.add(host, namespace, [], { ports, selector: {} })
    return hosts
  }
}

export function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else values.push(value)
}
