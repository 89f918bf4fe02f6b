/**
 * Reads a file of Istio resources. Only resources without an error come out, so that whoever applies them cannot apply half of a mistake; the
 * problems say everything that is wrong at once, each with its place.
 */
import { checkAnnotations } from './checks/annotations.ts'
import { checkAuthorizationPolicy } from './checks/authorization-policy.ts'
import { checkDestinationRule } from './checks/destination-rule.ts'
import { checkGateway } from './checks/gateway.ts'
import { checkPeerAuthentication } from './checks/peer-authentication.ts'
import { checkRequestAuthentication } from './checks/request-authentication.ts'
import { checkServiceEntry, checkWorkloadEntry } from './checks/service-entry.ts'
import { checkVirtualService } from './checks/virtual-service.ts'
import { readDocuments, type YamlDocument } from './document.ts'
import { hostProblem } from './host.ts'
import { isKind, KINDS } from './kinds.ts'
import { isConfigMap, readMeshConfigMap } from './mesh-config/config-map.ts'
import { Findings, type Problem } from './problem.ts'
import type { IstioKind, Resource, Specs } from './resource.ts'
import { checkStructure } from './schema.ts'
import { checkSupport } from './supported-fields.ts'

export interface ParsedResources {
  readonly resources: readonly Resource[]
  readonly problems: readonly Problem[]
}

/**
 * @param text YAML or JSON, one or more documents
 * @param fileName as it shall stand in problems
 */
export function parseResources(text: string, fileName: string): ParsedResources {
  const resources: Resource[] = []
  const problems: Problem[] = []
  for (const document of readDocuments(text, fileName)) {
    const read = isConfigMap(document.data) ? readMeshConfigMap(document, text) : readResource(document, fileName)
    problems.push(...read.problems)
    if (read.resource !== null) resources.push(read.resource)
  }
  return { resources, problems }
}

export interface ReadResource {
  /** Null where there is an error. */
  readonly resource: Resource | null
  /** Also with an error in what it means; null where its structure is wrong. */
  readonly understood: Resource | null
  readonly problems: readonly Problem[]
}

export function readResource(document: YamlDocument, file: string): ReadResource {
  const { data, origin } = document
  if (document.errors.length > 0) {
    const problems = document.errors.map(({ position, message }): Problem => {
      return { severity: 'error', resource: file, path: '', file, ...position, message: `is not YAML: ${message}` }
    })
    return { resource: null, understood: null, problems }
  }
  const header = readHeader(data)
  const findings = new Findings(header.label ?? file, origin)
  if (!isRecord(data)) {
    findings.error([], 'must be an object with apiVersion, kind, metadata and spec')
    return { resource: null, understood: null, problems: findings.problems }
  }
  const { kind } = header
  if (kind === null || !isKind(kind)) {
    findings.error(['kind'], `must be one of ${Object.keys(KINDS).join(', ')} or ConfigMap, is ${JSON.stringify(kind)}`)
    return { resource: null, understood: null, problems: findings.problems }
  }
  checkHeader(data, kind, findings)
  const structured = checkStructure(KINDS[kind], data, findings)
  if (findings.hasErrors || !structured) return { resource: null, understood: null, problems: findings.problems }
  const resource = toResource(kind, data, header, origin)
  checkSupport(resource, findings)
  checkMeaning(resource, findings)
  return { resource: findings.hasErrors ? null : resource, understood: resource, problems: findings.problems }
}

function checkMeaning(resource: Resource, findings: Findings): void {
  if (resource.kind === 'Gateway') checkGateway(resource.spec, findings)
  if (resource.kind === 'VirtualService') checkVirtualService(resource.spec, findings)
  if (resource.kind === 'DestinationRule') checkDestinationRule(resource.spec, findings)
  if (resource.kind === 'ServiceEntry') checkServiceEntry(resource.spec, findings)
  if (resource.kind === 'WorkloadEntry') checkWorkloadEntry(resource.spec, findings)
  if (resource.kind === 'PeerAuthentication') checkPeerAuthentication(resource.spec, findings)
  if (resource.kind === 'RequestAuthentication') checkRequestAuthentication(resource.spec, findings)
  if (resource.kind === 'AuthorizationPolicy') checkAuthorizationPolicy(resource.spec, findings)
  checkAnnotations(resource, findings)
}

interface Header {
  readonly kind: string | null
  readonly name: string | null
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly createdAt: string | null
  /** `Gateway default/my-gateway` as far as it is known. */
  readonly label: string | null
}

function readHeader(data: unknown): Header {
  const document = isRecord(data) ? data : {}
  const metadata = isRecord(document['metadata']) ? document['metadata'] : {}
  const kind = textOf(document['kind'])
  const name = textOf(metadata['name'])
  const namespace = textOf(metadata['namespace']) ?? 'default'
  return {
    kind,
    name,
    namespace,
    labels: textMap(metadata['labels']),
    annotations: textMap(metadata['annotations']),
    createdAt: textOf(metadata['creationTimestamp']),
    label: kind === null ? null : `${kind} ${namespace}/${name ?? '?'}`,
  }
}

function checkHeader(data: Record<string, unknown>, kind: IstioKind, findings: Findings): void {
  const { group, versions } = KINDS[kind]
  const wanted = versions.map((version) => `${group}/${version}`)
  if (!wanted.some((version) => version === data['apiVersion'])) {
    const written = JSON.stringify(data['apiVersion'] ?? null)
    findings.error(['apiVersion'], `must be ${wanted.join(' or ')} for a ${kind}, is ${written}`)
  }
  const metadata = data['metadata']
  const name = isRecord(metadata) ? metadata['name'] : undefined
  if (typeof name !== 'string' || hostProblem(name, false) !== null) {
    findings.error(['metadata', 'name'], `must be a DNS name such as my-gateway, is ${JSON.stringify(name ?? null)}`)
  }
  for (const field of Object.keys(data)) {
    if (['apiVersion', 'kind', 'metadata', 'spec', 'status'].includes(field)) continue
    findings.error([field], 'is no field of a resource; known here: apiVersion, kind, metadata, spec')
  }
}

/** The schema of the kind has accepted the spec, which is what makes this assertion true. */
function toResource(
  kind: IstioKind,
  data: Record<string, unknown>,
  header: Header,
  origin: Resource['origin'],
): Resource {
  const { namespace, labels, annotations, createdAt } = header
  const spec = withoutNulls(data['spec'] ?? {}) as Specs[IstioKind]
  const apiVersion = String(data['apiVersion'])
  const metadata = { name: header.name ?? '', namespace, labels, annotations, ...(createdAt !== null && { createdAt }) }
  return { kind, apiVersion, ...metadata, spec, origin } as Resource
}

/** `field: null` means the same as no field, as in Kubernetes. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (!isRecord(value)) return value
  const kept = Object.entries(value).filter(([, child]) => child !== null)
  return Object.fromEntries(kept.map(([key, child]) => [key, withoutNulls(child)]))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function textMap(value: unknown): Record<string, string> {
  return Object.fromEntries(Object.entries(isRecord(value) ? value : {}).map(([key, each]) => [key, String(each)]))
}

function textOf(value: unknown): string | null {
  return typeof value === 'string' ? value : null
}
