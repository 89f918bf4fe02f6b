/**
 * The one table of what takes effect in this version. Istio's schema knows many more fields; a resource that uses one of those is told so,
 * by name, and never left to believe that it works. A path stands for everything below it; `[]` is any entry of a list.
 */
import { KINDS } from './kinds.ts'
import { formatPath, type Findings } from './problem.ts'
import type { FieldPath, Kind, Resource } from './resource.ts'

interface FieldSupport {
  readonly inEffect: readonly string[]
  /** Fields that narrow or guard: to leave them out would let more through than was written, so they are errors. */
  readonly conditions: readonly string[]
}

const STRING_MATCHES = ['uri', 'method', 'authority', 'headers', 'queryParams', 'ignoreUriCase', 'name']
const TRAFFIC_POLICY = [
  'loadBalancer.simple',
  'connectionPool.tcp.connectTimeout',
  'outlierDetection.consecutive5xxErrors',
  'outlierDetection.interval',
  'outlierDetection.baseEjectionTime',
  'outlierDetection.maxEjectionPercent',
  'tls.mode',
]
const SOURCE = ['principals', 'notPrincipals', 'namespaces', 'notNamespaces']
const OPERATION = ['methods', 'notMethods', 'paths', 'notPaths', 'hosts', 'notHosts', 'ports', 'notPorts']

export const SUPPORTED_FIELDS: Readonly<Partial<Record<Kind, FieldSupport>>> = {
  Gateway: {
    inEffect: [
      'selector',
      'servers[].name',
      'servers[].hosts',
      'servers[].port.number',
      'servers[].port.name',
      'servers[].port.protocol',
    ],
    conditions: ['servers[].tls'],
  },
  VirtualService: {
    inEffect: [
      'hosts',
      'gateways',
      'http[].name',
      ...STRING_MATCHES.map((field) => `http[].match[].${field}`),
      'http[].route[].destination',
      'http[].route[].weight',
      'http[].timeout',
      'http[].retries.attempts',
      'http[].retries.perTryTimeout',
      'http[].retries.retryOn',
    ],
    conditions: ['http[].match[]', 'http[].delegate', 'http[].redirect', 'http[].directResponse'],
  },
  DestinationRule: {
    inEffect: [
      'host',
      ...TRAFFIC_POLICY.map((field) => `trafficPolicy.${field}`),
      'subsets[].name',
      'subsets[].labels',
      ...TRAFFIC_POLICY.map((field) => `subsets[].trafficPolicy.${field}`),
    ],
    conditions: ['workloadSelector'],
  },
  PeerAuthentication: {
    inEffect: ['selector.matchLabels', 'mtls.mode'],
    conditions: ['portLevelMtls'],
  },
  AuthorizationPolicy: {
    inEffect: [
      'selector.matchLabels',
      'action',
      ...SOURCE.map((field) => `rules[].from[].source.${field}`),
      ...OPERATION.map((field) => `rules[].to[].operation.${field}`),
    ],
    conditions: ['provider', 'targetRef', 'targetRefs', 'rules[]'],
  },
}

/** Reports each field of a resource that has no effect here. */
export function checkSupport(resource: Resource, findings: Findings): void {
  const { support } = KINDS[resource.kind]
  if (support !== 'fields') {
    const message = `${resource.kind} is recognised but has no effect in this version of the mesh; remove it here`
    findings[support](['kind'], message)
    return
  }
  const fields = SUPPORTED_FIELDS[resource.kind]
  if (fields !== undefined) walk(resource.spec, ['spec'], fields, findings)
}

function walk(value: unknown, path: FieldPath, fields: FieldSupport, findings: Findings): void {
  const pattern = patternOf(path)
  if (fields.inEffect.includes(pattern)) return
  const leadsOn = pattern === '' || fields.inEffect.some((field) => startsBelow(field, pattern))
  if (!leadsOn) {
    const isCondition = fields.conditions.some((field) => field === pattern || startsBelow(pattern, field))
    findings[isCondition ? 'error' : 'warning'](path, noEffect(path, isCondition))
    return
  }
  if (Array.isArray(value)) value.forEach((entry, index) => walk(entry, [...path, index], fields, findings))
  else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) walk(child, [...path, key], fields, findings)
  }
}

function noEffect(path: FieldPath, isCondition: boolean): string {
  const name = formatPath(path.slice(-1))
  if (!isCondition) return `${name} has no effect in this version of the mesh; remove it here`
  return `${name} is not supported in this version of the mesh, and leaving it out would change what is let through or where it goes; remove it here`
}

/** `['spec', 'http', 0, 'timeout']` → `http[].timeout` */
function patternOf(path: FieldPath): string {
  return formatPath(path.slice(1)).replaceAll(/\[\d+\]/g, '[]')
}

function startsBelow(field: string, parent: string): boolean {
  return field.startsWith(`${parent}.`) || field.startsWith(`${parent}[`)
}
