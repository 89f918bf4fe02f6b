/**
 * What can only be seen with all resources side by side: a gateway, host, port or subset that is named and not there, and a resource that
 * another one keeps from speaking. Warnings, because the missing part may come next; Istio's analyser says the same of the same.
 */
import { authorizerOf } from './compile/authorization.ts'
import { clusterName, selectorOf } from './compile/cluster.ts'
import { delegateOf } from './compile/delegate.ts'
import { names } from './compile/gateways.ts'
import { gatewayName } from './compile/http-match.ts'
import { DEFAULT_PORT, portOf, prepareModel, type MeshModel, type PreparedModel } from './compile/model.ts'
import { virtualServicesFor } from './compile/outbound.ts'
import { duplicateProblems } from './duplicates.ts'
import { expandHost } from './host.ts'
import { Findings, type Problem } from './problem.ts'
import { nameOf, ofKind, type DestinationSpec, type FieldPath, type ResourceOf } from './resource.ts'

export function analyse(written: MeshModel): Problem[] {
  const model = prepareModel(written)
  return [
    ...ofKind(model.resources, 'VirtualService').flatMap((resource) => analyseVirtualService(model, resource)),
    ...ofKind(model.resources, 'DestinationRule').flatMap((resource) => analyseDestinationRule(model, resource)),
    ...ofKind(model.resources, 'ServiceEntry').flatMap((resource) => analyseServiceEntry(written, resource)),
    ...ofKind(model.resources, 'AuthorizationPolicy').flatMap((resource) => analyseAuthorization(model, resource)),
    ...ofKind(model.resources, 'PeerAuthentication').flatMap((resource) => analyseSelector(model, resource)),
    ...ofKind(model.resources, 'RequestAuthentication').flatMap((resource) => analyseSelector(model, resource)),
    ...duplicateProblems(written.resources),
  ]
}

type VirtualService = ResourceOf<'VirtualService'>

function analyseVirtualService(model: PreparedModel, resource: VirtualService): Problem[] {
  const findings = Findings.about(resource)
  const { spec } = resource
  analyseGatewayNames(model, resource, spec.gateways ?? [], ['spec', 'gateways'], findings)
  for (const [index, written] of (spec.hosts ?? []).entries()) {
    if (!(spec.gateways ?? ['mesh']).includes('mesh')) continue
    const host = expandHost(written, resource.namespace)
    const [speaker] = virtualServicesFor(ofKind(model.resources, 'VirtualService'), host)
    if (speaker === undefined || nameOf(speaker) === nameOf(resource)) continue
    // One may speak for HTTP and the other for the ports beside it.
    if ((spec.http ?? []).length === 0 || (speaker.spec.http ?? []).length === 0) continue
    findings.warning(['spec', 'hosts', index], `has no effect: ${nameOf(speaker)} already speaks for ${written}`)
  }
  for (const [index, http] of (spec.http ?? []).entries()) {
    const path = ['spec', 'http', index]
    for (const [place, { gateways }] of (http.match ?? []).entries()) {
      analyseGatewayNames(model, resource, gateways ?? [], [...path, 'match', place, 'gateways'], findings)
    }
    if (http.delegate !== undefined && delegateOf(http, resource.namespace, model.resources) === null) {
      findings.warning([...path, 'delegate'], 'names no VirtualService without hosts, so that the route goes nowhere')
    }
  }
  for (const { destination, path } of destinationsOf(resource)) {
    analyseDestination(model, resource, destination, path, findings)
  }
  return findings.problems
}

function analyseGatewayNames(
  model: PreparedModel,
  resource: VirtualService,
  written: readonly string[],
  path: FieldPath,
  findings: Findings,
): void {
  for (const [index, reference] of written.entries()) {
    if (reference === 'mesh') continue
    const spec = { gateways: [gatewayName(reference, resource.namespace)] }
    const known = ofKind(model.resources, 'Gateway').some((gateway) => names({ ...resource, spec }, gateway))
    if (!known) findings.warning([...path, index], `names a Gateway that does not exist: ${reference}`)
  }
}

interface PlacedDestination {
  readonly destination: DestinationSpec
  readonly path: FieldPath
}

function destinationsOf({ spec }: VirtualService): PlacedDestination[] {
  const http = (spec.http ?? []).flatMap((route, index): PlacedDestination[] => {
    const path = ['spec', 'http', index]
    return [
      ...(route.mirror === undefined ? [] : [{ destination: route.mirror, path: [...path, 'mirror'] }]),
      ...(route.mirrors ?? []).map(({ destination }, place) => {
        return { destination, path: [...path, 'mirrors', place, 'destination'] }
      }),
    ]
  })
  const routed = (['http', 'tcp', 'tls'] as const).flatMap((field) =>
    (spec[field] ?? []).flatMap((route, index) =>
      (route.route ?? []).map(({ destination }, place): PlacedDestination => {
        return { destination, path: ['spec', field, index, 'route', place, 'destination'] }
      }),
    ),
  )
  return [...routed, ...http]
}

function analyseDestination(
  model: PreparedModel,
  resource: VirtualService,
  written: DestinationSpec,
  path: FieldPath,
  findings: Findings,
): void {
  const host = expandHost(written.host, resource.namespace)
  const service = model.services.find(host)
  if (service === null) {
    findings.warning([...path, 'host'], `names a service that is not registered: ${host}`)
    return
  }
  const port = written.port?.number
  if (port !== undefined && !service.ports.includes(port)) {
    findings.warning([...path, 'port'], `${host} has no port ${port}; it has ${service.ports.join(', ')}`)
  }
  if (written.subset === undefined) return
  const subset = written.subset
  const defined = ofKind(model.resources, 'DestinationRule').some(
    (rule) =>
      expandHost(rule.spec.host, rule.namespace) === host && rule.spec.subsets?.some(({ name }) => name === subset),
  )
  if (!defined) {
    const cluster = clusterName({ host, port: port ?? portOf(model, host, DEFAULT_PORT), subset })
    findings.warning(
      [...path, 'subset'],
      `is defined in no DestinationRule of ${host}, so that ${cluster} does not exist`,
    )
  }
}

/** The registry goes before a ServiceEntry, and the first ServiceEntry before the second. */
function analyseServiceEntry({ services, resources }: MeshModel, resource: ResourceOf<'ServiceEntry'>): Problem[] {
  const findings = Findings.about(resource)
  for (const [index, written] of resource.spec.hosts.entries()) {
    const host = written.toLowerCase()
    const path = ['spec', 'hosts', index]
    if (services.some((service) => service.host === host)) {
      findings.warning(path, `has no effect: ${host} is a workload of the mesh`)
      continue
    }
    const first = ofKind(resources, 'ServiceEntry').find(({ spec }) =>
      spec.hosts.some((each) => each.toLowerCase() === host),
    )
    if (first !== undefined && nameOf(first) !== nameOf(resource)) {
      findings.warning(path, `has no effect: ${nameOf(first)} already describes ${host}`)
    }
  }
  const { workloadSelector } = resource.spec
  const wanted = Object.entries(workloadSelector?.labels ?? {})
  const selected = ofKind(resources, 'WorkloadEntry').some(({ namespace, labels, spec }) => {
    const all: Readonly<Record<string, string>> = { ...labels, ...spec.labels }
    return namespace === resource.namespace && wanted.every(([name, value]) => all[name] === value)
  })
  if (workloadSelector !== undefined && !selected) {
    findings.warning(['spec', 'workloadSelector'], `selects no WorkloadEntry of ${resource.namespace}: nobody answers`)
  }
  return findings.problems
}

function analyseAuthorization(model: PreparedModel, resource: ResourceOf<'AuthorizationPolicy'>): Problem[] {
  const { action, provider } = resource.spec
  // What only restricts also hears what workloads say of themselves.
  const problems = action === undefined || action === 'ALLOW' ? analyseSelector(model, resource) : []
  if (action !== 'CUSTOM') return problems
  const findings = Findings.about(resource)
  const path = ['spec', 'provider', 'name']
  const authorizer = authorizerOf(provider?.name, model.meshConfig)
  if (authorizer === null) {
    findings.warning(path, `${provider?.name} is no envoyExtAuthzHttp of the mesh configuration: its rules deny`)
  } else if (model.services.find(authorizer.service) === null) {
    findings.warning(path, `asks a service that is not registered: ${authorizer.service}`)
  }
  return [...problems, ...findings.problems]
}

type Selecting =
  ResourceOf<'AuthorizationPolicy'> | ResourceOf<'PeerAuthentication'> | ResourceOf<'RequestAuthentication'>

/** `app` is what the control plane knows of a workload; a Gateway's selector is known as well. */
function analyseSelector(model: PreparedModel, resource: Selecting): Problem[] {
  const wanted = Object.entries(resource.spec.selector?.matchLabels ?? {})
  if (wanted.every(([name]) => name === 'app')) return []
  const isGateway = ofKind(model.resources, 'Gateway').some(({ spec }) =>
    wanted.every(([name, value]) => spec.selector?.[name] === value),
  )
  if (isGateway && resource.kind !== 'PeerAuthentication') return []
  const findings = Findings.about(resource)
  const message = 'selects nobody: workloads are known by their label app alone, others they say of themselves'
  findings.warning(['spec', 'selector', 'matchLabels'], message)
  return findings.problems
}

function analyseDestinationRule(model: PreparedModel, resource: ResourceOf<'DestinationRule'>): Problem[] {
  const findings = Findings.about(resource)
  const host = expandHost(resource.spec.host, resource.namespace)
  if (!host.startsWith('*') && model.services.find(host) === null) {
    findings.warning(['spec', 'host'], `names a service that is not registered: ${host}`)
  }
  const twin = ofKind(model.resources, 'DestinationRule').find(
    (rule) =>
      rule.namespace === resource.namespace &&
      expandHost(rule.spec.host, rule.namespace) === host &&
      JSON.stringify(selectorOf(rule)) === JSON.stringify(selectorOf(resource)),
  )
  if (twin !== undefined && twin.name !== resource.name) {
    findings.warning(['spec', 'host'], `has no effect: ${nameOf(twin)} already speaks for ${host}`)
  }
  return findings.problems
}
