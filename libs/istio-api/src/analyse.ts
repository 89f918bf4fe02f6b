/**
 * What can only be seen with all resources side by side: a gateway, host, port or subset that is named and not there, and a resource that
 * another one keeps from speaking. Warnings, because the missing part may come next; Istio's analyser says the same of the same.
 */
import { clusterName } from './compile/cluster.ts'
import { names } from './compile/gateways.ts'
import { portOf, type MeshModel } from './compile/model.ts'
import { virtualServiceFor } from './compile/outbound.ts'
import { expandHost } from './host.ts'
import { Findings, type Problem } from './problem.ts'
import { nameOf, ofKind, type ResourceOf } from './resource.ts'

export function analyse(model: MeshModel): Problem[] {
  return [
    ...ofKind(model.resources, 'VirtualService').flatMap((resource) => analyseVirtualService(model, resource)),
    ...ofKind(model.resources, 'DestinationRule').flatMap((resource) => analyseDestinationRule(model, resource)),
    ...duplicates(model),
  ]
}

function analyseVirtualService(model: MeshModel, resource: ResourceOf<'VirtualService'>): Problem[] {
  const findings = Findings.about(resource)
  for (const [index, reference] of (resource.spec.gateways ?? []).entries()) {
    const known = ofKind(model.resources, 'Gateway').some((gateway) =>
      names({ ...resource, spec: { ...resource.spec, gateways: [reference] } }, gateway),
    )
    if (!known && reference !== 'mesh') {
      findings.warning(['spec', 'gateways', index], `names a Gateway that does not exist: ${reference}`)
    }
  }
  for (const [index, written] of (resource.spec.hosts ?? []).entries()) {
    const speaker = virtualServiceFor(
      ofKind(model.resources, 'VirtualService'),
      expandHost(written, resource.namespace),
    )
    if (speaker === null || nameOf(speaker) === nameOf(resource)) continue
    if (!(resource.spec.gateways ?? ['mesh']).includes('mesh')) continue
    findings.warning(['spec', 'hosts', index], `has no effect: ${nameOf(speaker)} already speaks for ${written}`)
  }
  for (const [index, http] of (resource.spec.http ?? []).entries()) {
    for (const [place, { destination }] of (http.route ?? []).entries()) {
      const path = ['spec', 'http', index, 'route', place, 'destination']
      analyseDestination(model, resource, destination, path, findings)
    }
  }
  return findings.problems
}

type DestinationSpec = NonNullable<
  NonNullable<ResourceOf<'VirtualService'>['spec']['http']>[number]['route']
>[number]['destination']

function analyseDestination(
  model: MeshModel,
  resource: ResourceOf<'VirtualService'>,
  written: DestinationSpec,
  path: (string | number)[],
  findings: Findings,
): void {
  const host = expandHost(written.host, resource.namespace)
  const service = model.services.find((candidate) => candidate.host === host)
  if (service === undefined) {
    findings.warning([...path, 'host'], `names a service that is not registered: ${host}`)
    return
  }
  const port = written.port?.number ?? portOf(model, host)
  if (!service.ports.includes(port)) {
    findings.warning([...path, 'port'], `${host} has no port ${port}; it has ${service.ports.join(', ')}`)
  }
  if (written.subset === undefined) return
  const subset = written.subset
  const defined = ofKind(model.resources, 'DestinationRule').some(
    (rule) =>
      expandHost(rule.spec.host, rule.namespace) === host && rule.spec.subsets?.some(({ name }) => name === subset),
  )
  if (!defined) {
    const cluster = clusterName({ host, port, subset })
    findings.warning(
      [...path, 'subset'],
      `is defined in no DestinationRule of ${host}, so that ${cluster} does not exist`,
    )
  }
}

function analyseDestinationRule(model: MeshModel, resource: ResourceOf<'DestinationRule'>): Problem[] {
  const findings = Findings.about(resource)
  const host = expandHost(resource.spec.host, resource.namespace)
  if (!host.startsWith('*') && !model.services.some((service) => service.host === host)) {
    findings.warning(['spec', 'host'], `names a service that is not registered: ${host}`)
  }
  const twin = ofKind(model.resources, 'DestinationRule').find(
    (rule) => rule.namespace === resource.namespace && expandHost(rule.spec.host, rule.namespace) === host,
  )
  if (twin !== undefined && twin.name !== resource.name) {
    findings.warning(['spec', 'host'], `has no effect: ${nameOf(twin)} already speaks for ${host}`)
  }
  return findings.problems
}

/** The same kind, namespace and name twice: one of them would overwrite the other. */
function duplicates(model: MeshModel): Problem[] {
  const seen = new Map<string, string>()
  return model.resources.flatMap((resource) => {
    const findings = Findings.about(resource)
    const first = seen.get(nameOf(resource))
    if (first === undefined) seen.set(nameOf(resource), resource.origin.file)
    else findings.error(['metadata', 'name'], `is defined twice; the other one is in ${first}`)
    return findings.problems
  })
}
