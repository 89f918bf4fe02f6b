/**
 * Reads a file of Istio resources. Only resources without an error come out, so that whoever applies them cannot apply half of a mistake; the
 * problems say everything that is wrong at once, each with its place.
 */
import { checkResource } from './checks/check-resource.ts'
import { readDocuments, type YamlDocument } from './document.ts'
import { isKind, KINDS } from './kinds.ts'
import { itemsOf } from './list.ts'
import { isConfigMap, readMeshConfigMap } from './mesh-config/config-map.ts'
import { checkHeader, isRecord, readHeader, type Header } from './metadata.ts'
import { Findings, type Problem } from './problem.ts'
import type { IstioKind, Resource, Specs } from './resource.ts'
import { checkStructure } from './schema.ts'
import { checkSupport } from './supported-fields.ts'

export interface ParsedResources {
  readonly resources: readonly Resource[]
  readonly problems: readonly Problem[]
}

/**
 * @param text YAML or JSON, one or more documents, also Kubernetes' lists
 * @param fileName as it shall stand in problems
 */
export function parseResources(text: string, fileName: string): ParsedResources {
  const resources: Resource[] = []
  const problems: Problem[] = []
  for (const document of readDocuments(text, fileName).flatMap(itemsOf)) {
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
  if (document.errors.length > 0) return nothing(document.errors.map((error) => syntaxProblem(error, file)))
  const header = readHeader(data)
  const findings = new Findings(header.label ?? file, origin)
  if (!isRecord(data)) {
    findings.error([], 'must be an object with apiVersion, kind, metadata and spec')
    return nothing(findings.problems)
  }
  const { kind } = header
  if (kind === null || !isKind(kind)) {
    const written = JSON.stringify(kind ?? data['kind'] ?? null)
    findings.error(['kind'], `must be one of ${Object.keys(KINDS).join(', ')} or ConfigMap, is ${written}`)
    return nothing(findings.problems)
  }
  const isNamed = checkHeader(data, kind, findings)
  const isSound = checkStructure(kind, data, findings)
  if (!isNamed || !isSound) return nothing(findings.problems)
  const resource = toResource(kind, data, header, origin)
  checkSupport(resource, findings)
  checkResource(resource, findings)
  return { resource: findings.hasErrors ? null : resource, understood: resource, problems: findings.problems }
}

function nothing(problems: readonly Problem[]): ReadResource {
  return { resource: null, understood: null, problems }
}

function syntaxProblem({ position, message }: YamlDocument['errors'][number], file: string): Problem {
  const about = { severity: 'error', code: 'syntax', resource: file, path: '', file } as const
  return { ...about, ...position, message: `is not YAML that can be read: ${message}` }
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
