/**
 * What a `Sidecar` lets its workloads see. Of several the one that selects the workload speaks, else its namespace's, else the root namespace's; of equals the
 * oldest. Without any everything that is exported is seen. As in Istio each egress listener with a port speaks for that port alone, and the first one without
 * a port for all others.
 */
import { hostMatches } from '@meshmart/mesh-policy'
import { LOCAL_RATE_LIMIT } from '../checks/annotations.ts'
import { expandHost } from '../host.ts'
import type { MeshConfigSpec, OutboundTrafficMode } from '../mesh-config/mesh-config-spec.ts'
import { nameOf, type ResourceOf, type SidecarSpec } from '../resource.ts'
import type { MeshService } from './service.ts'
import type { VirtualService } from './virtual-services.ts'
import type { Labels } from './workload.ts'

type Sidecar = ResourceOf<'Sidecar'>
type EgressSpec = NonNullable<SidecarSpec['egress']>[number]

export interface SidecarScope {
  /** `Sidecar shop/default`; null where none speaks. */
  readonly source: string | null
  /** Of the workloads that it is for; empty for everybody of the namespace. */
  readonly labels: Labels
  readonly outboundTrafficPolicy: OutboundTrafficMode
  /** Whether a call at that port may go to the service. */
  sees(service: MeshService, port: number): boolean
  /** Whether a VirtualService speaks at that port. */
  hears(virtualService: VirtualService, port: number): boolean
}

export class SidecarIndex {
  readonly #byNamespace: ReadonlyMap<string, readonly Sidecar[]>
  readonly #rootNamespace: string
  readonly #meshMode: OutboundTrafficMode
  readonly #scopes = new Map<string, readonly SidecarScope[]>()
  /** Whether the mesh or any Sidecar lets calls to unknown hosts pass. */
  readonly letsPass: boolean

  /** @param sidecars the oldest first */
  constructor(sidecars: readonly Sidecar[], rootNamespace: string, meshConfig: MeshConfigSpec) {
    // One that is only the holder of our annotation hides nobody else's word.
    this.#byNamespace = Map.groupBy(sidecars.filter(speaks), ({ namespace }) => namespace)
    this.#rootNamespace = rootNamespace
    this.#meshMode = meshConfig.outboundTrafficPolicy?.mode ?? 'REGISTRY_ONLY'
    const modes = sidecars.map(({ spec }) => spec.outboundTrafficPolicy?.mode ?? 'REGISTRY_ONLY')
    this.letsPass = [this.#meshMode, ...modes].some((mode) => mode !== 'REGISTRY_ONLY')
  }

  /** Scopes of a namespace in the order in which they are asked; the last one is for everybody. */
  scopesOf(namespace: string): readonly SidecarScope[] {
    let scopes = this.#scopes.get(namespace)
    if (scopes === undefined) this.#scopes.set(namespace, (scopes = this.#make(namespace)))
    return scopes
  }

  /** The scope of a workload. */
  scopeOf(namespace: string, labels: Labels): SidecarScope {
    const scopes = this.scopesOf(namespace)
    const own = scopes.find((scope) => Object.entries(scope.labels).every(([name, value]) => labels[name] === value))
    return own ?? scopeFor(null, namespace, this.#meshMode)
  }

  #make(namespace: string): SidecarScope[] {
    const own = this.#byNamespace.get(namespace) ?? []
    const ofRoot = this.#byNamespace.get(this.#rootNamespace) ?? []
    const everybodys = [own, ofRoot].flatMap((all) => all.filter((sidecar) => !hasSelector(sidecar)))
    const chosen = [...own.filter(hasSelector), everybodys[0] ?? null]
    return chosen.map((sidecar) => scopeFor(sidecar, namespace, this.#meshMode))
  }
}

const hasSelector = ({ spec }: Sidecar): boolean => Object.keys(spec.workloadSelector?.labels ?? {}).length > 0
const speaks = ({ spec, annotations }: Sidecar): boolean =>
  annotations[LOCAL_RATE_LIMIT] === undefined ||
  [spec.egress, spec.ingress, spec.outboundTrafficPolicy].some((said) => said !== undefined)

function scopeFor(sidecar: Sidecar | null, namespace: string, meshMode: OutboundTrafficMode): SidecarScope {
  const egress = sidecar?.spec.egress ?? []
  const listeners = egress.map((written) => new EgressListener(written, namespace))
  const at = (port: number): EgressListener | undefined =>
    listeners.find((listener) => listener.port === null || listener.port === port)
  const seesAll = listeners.length === 0
  const mode = sidecar?.spec.outboundTrafficPolicy?.mode
  return {
    source: sidecar === null ? null : nameOf(sidecar),
    labels: sidecar?.spec.workloadSelector?.labels ?? {},
    // Istio: a policy without a mode is its first one, REGISTRY_ONLY.
    outboundTrafficPolicy: sidecar?.spec.outboundTrafficPolicy === undefined ? meshMode : (mode ?? 'REGISTRY_ONLY'),
    sees: (service, port) => seesAll || at(port)?.imports(service.namespace, service.host) === true,
    hears: (virtualService, port) => seesAll || at(port)?.importsVirtualService(virtualService) === true,
  }
}

const EVERY_NAMESPACE = '*'

/** `hosts` of one egress listener, `namespace/host` each. */
class EgressListener {
  /** Null for all ports that no other listener has. */
  readonly port: number | null
  readonly #imported = new Map<string, string[]>()
  readonly #excluded = new Map<string, string[]>()

  constructor({ hosts, port }: EgressSpec, ownNamespace: string) {
    const isProxy = port?.protocol?.toUpperCase() === 'HTTP_PROXY'
    this.port = port?.number === undefined || port.number === 0 || isProxy ? null : port.number
    for (const written of hosts ?? []) {
      const [first = '', host = ''] = written.split('/')
      // `~/*` is nothing at all, `~namespace/host` is what is left out.
      const excludes = first.startsWith('~')
      const named = excludes ? first.slice(1) : first
      const namespace = named === '' ? EVERY_NAMESPACE : named === '.' ? ownNamespace : named
      const into = excludes ? this.#excluded : this.#imported
      into.set(namespace, [...(into.get(namespace) ?? []), host.toLowerCase()])
    }
  }

  imports(namespace: string, host: string): boolean {
    if (some(this.#excluded, namespace, (pattern) => isBelow(host, pattern))) return false
    return some(this.#imported, namespace, (pattern) => isBelow(host, pattern))
  }

  /** One host of it is enough; a host that covers what is imported counts as well. */
  importsVirtualService({ namespace, spec }: VirtualService): boolean {
    return (spec.hosts ?? []).some((written) => {
      const host = expandHost(written, namespace)
      if (some(this.#excluded, namespace, (pattern) => isBelow(host, pattern))) return false
      return some(this.#imported, namespace, (pattern) => isBelow(host, pattern) || isBelow(pattern, host))
    })
  }
}

function some(patterns: ReadonlyMap<string, string[]>, namespace: string, test: (pattern: string) => boolean): boolean {
  return [namespace, EVERY_NAMESPACE].some((key) => (patterns.get(key) ?? []).some(test))
}

/** `a.example.com` and `*.a.example.com` are below `*.example.com`, and everything is below itself. */
function isBelow(host: string, pattern: string): boolean {
  if (host === pattern || pattern === '*') return true
  return pattern.startsWith('*') && hostMatches(pattern, host)
}
