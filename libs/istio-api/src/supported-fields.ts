/**
 * The one table of what takes effect in this version. Istio's schema knows many more fields; a resource that uses one of those is told so,
 * by name, and never left to believe that it works. A path stands for everything below it; `[]` is any entry of a list.
 */
import { checkTelemetrySupport } from './checks/telemetry-support.ts'
import { KINDS } from './kinds.ts'
import { fieldPattern, formatPath, type Findings } from './problem.ts'
import type { FieldPath, IstioKind, Resource } from './resource.ts'

export interface FieldSupport {
  readonly inEffect: readonly string[]
  /**
   * Fields that narrow or guard: to leave them out would let more through than was written, so they are errors. One below a field in effect is
   * refused where that field is checked.
   */
  readonly conditions: readonly string[]
}

const HTTP_MATCH = [
  'name',
  'uri',
  'scheme',
  'method',
  'authority',
  'headers',
  'withoutHeaders',
  'queryParams',
  'ignoreUriCase',
  'port',
  'sourceLabels',
  'sourceNamespace',
  'gateways',
]
const L4_MATCH = ['destinationSubnets', 'port', 'sourceLabels', 'sourceNamespace', 'gateways']
const CONSISTENT_HASH = [
  'httpHeaderName',
  'httpCookie.name',
  'httpCookie.path',
  'httpCookie.ttl',
  'httpQueryParameterName',
  'useSourceIp',
  'minimumRingSize',
  'ringHash',
  'maglev',
]
/** What a port may set for itself as well. */
const PORT_POLICY = [
  'loadBalancer.simple',
  ...CONSISTENT_HASH.map((field) => `loadBalancer.consistentHash.${field}`),
  'loadBalancer.localityLbSetting',
  'loadBalancer.warmup',
  'loadBalancer.warmupDurationSecs',
  'connectionPool.tcp.connectTimeout',
  'connectionPool.tcp.maxConnections',
  'connectionPool.tcp.maxConnectionDuration',
  'connectionPool.tcp.idleTimeout',
  'connectionPool.tcp.tcpKeepalive.time',
  'connectionPool.http.http1MaxPendingRequests',
  'connectionPool.http.http2MaxRequests',
  'connectionPool.http.maxRequestsPerConnection',
  'connectionPool.http.maxRetries',
  'connectionPool.http.idleTimeout',
  'outlierDetection.consecutive5xxErrors',
  'outlierDetection.consecutiveGatewayErrors',
  'outlierDetection.consecutiveLocalOriginFailures',
  'outlierDetection.splitExternalLocalOriginErrors',
  'outlierDetection.interval',
  'outlierDetection.baseEjectionTime',
  'outlierDetection.maxEjectionPercent',
  'outlierDetection.minHealthPercent',
  'tls.mode',
  'tls.sni',
  'tls.subjectAltNames',
  'tls.caCertificates',
  'tls.clientCertificate',
  'tls.privateKey',
  'tls.insecureSkipVerify',
]
const TRAFFIC_POLICY = [
  ...PORT_POLICY,
  'portLevelSettings[].port.number',
  ...PORT_POLICY.map((field) => `portLevelSettings[].${field}`),
  'retryBudget',
]
/** Without them a connection would go elsewhere, or trust somebody else. */
const TRAFFIC_POLICY_CONDITIONS = ['tls', 'tunnel', 'proxyProtocol', 'portLevelSettings[].tls']
const WORKLOAD = ['address', 'ports', 'labels', 'locality', 'weight', 'serviceAccount']

export const SUPPORTED_FIELDS: Readonly<Partial<Record<IstioKind, FieldSupport>>> = {
  Gateway: {
    inEffect: [
      'selector',
      'servers[].name',
      'servers[].hosts',
      'servers[].port.number',
      'servers[].port.name',
      'servers[].port.protocol',
      'servers[].tls.httpsRedirect',
      'servers[].tls.mode',
      'servers[].tls.credentialName',
      'servers[].tls.minProtocolVersion',
    ],
    conditions: ['servers[].tls'],
  },
  VirtualService: {
    inEffect: [
      'hosts',
      'gateways',
      'exportTo',
      'http[].name',
      ...HTTP_MATCH.map((field) => `http[].match[].${field}`),
      'http[].route[].destination',
      'http[].route[].weight',
      'http[].route[].headers',
      'http[].redirect',
      'http[].directResponse',
      'http[].delegate',
      'http[].rewrite',
      'http[].headers',
      'http[].fault',
      'http[].mirror',
      'http[].mirrorPercentage',
      'http[].mirrorPercent',
      'http[].mirror_percent',
      'http[].mirrors',
      'http[].corsPolicy',
      'http[].timeout',
      'http[].retries',
      ...L4_MATCH.map((field) => `tcp[].match[].${field}`),
      'tcp[].route',
      'tls[].match[].sniHosts',
      ...L4_MATCH.map((field) => `tls[].match[].${field}`),
      'tls[].route',
    ],
    conditions: [
      'tcp[].match[]',
      'tls[].match[]',
      'http[].redirect.prefixRewrite',
      'http[].fault.delay.exponentialDelay',
      'http[].fault.abort.http2Error',
    ],
  },
  DestinationRule: {
    inEffect: [
      'host',
      ...TRAFFIC_POLICY.map((field) => `trafficPolicy.${field}`),
      'subsets[].name',
      'subsets[].labels',
      ...TRAFFIC_POLICY.map((field) => `subsets[].trafficPolicy.${field}`),
      'workloadSelector.matchLabels',
      'exportTo',
    ],
    conditions: TRAFFIC_POLICY_CONDITIONS.flatMap((field) => [
      `trafficPolicy.${field}`,
      `subsets[].trafficPolicy.${field}`,
    ]),
  },
  ServiceEntry: {
    inEffect: [
      'hosts',
      'ports',
      'location',
      'resolution',
      ...WORKLOAD.map((field) => `endpoints[].${field}`),
      'workloadSelector.labels',
      'subjectAltNames',
      'addresses',
      'exportTo',
    ],
    conditions: [],
  },
  WorkloadEntry: { inEffect: WORKLOAD, conditions: [] },
  Sidecar: {
    inEffect: [
      'workloadSelector.labels',
      'egress[].hosts',
      'egress[].port.number',
      'egress[].port.name',
      'egress[].port.protocol',
      'outboundTrafficPolicy.mode',
    ],
    conditions: ['outboundTrafficPolicy'],
  },
  Telemetry: {
    inEffect: [
      'selector.matchLabels',
      'accessLogging[].match.mode',
      'accessLogging[].providers',
      'accessLogging[].disabled',
      'accessLogging[].filter.expression',
      'tracing[].match.mode',
      'tracing[].providers',
      'tracing[].randomSamplingPercentage',
      'tracing[].disableSpanReporting',
      'tracing[].customTags',
      'metrics[].providers',
      'metrics[].overrides[].match.mode',
      'metrics[].overrides[].match.metric',
      'metrics[].overrides[].disabled',
      'metrics[].overrides[].tagOverrides',
    ],
    conditions: ['targetRef', 'targetRefs'],
  },
  PeerAuthentication: { inEffect: ['selector.matchLabels', 'mtls.mode', 'portLevelMtls'], conditions: [] },
  RequestAuthentication: {
    inEffect: [
      'selector.matchLabels',
      ...[
        'issuer',
        'audiences',
        'jwksUri',
        'jwks_uri',
        'jwks',
        'fromHeaders',
        'fromParams',
        'fromCookies',
        'outputPayloadToHeader',
        'outputClaimToHeaders',
        'forwardOriginalToken',
        'timeout',
      ].map((field) => `jwtRules[].${field}`),
    ],
    conditions: ['targetRef', 'targetRefs', 'jwtRules[].presence'],
  },
  AuthorizationPolicy: {
    inEffect: ['selector.matchLabels', 'action', 'provider.name', 'rules'],
    conditions: [
      'targetRef',
      'targetRefs',
      'rules[].from[].source.trustDomains',
      'rules[].from[].source.notTrustDomains',
    ],
  },
}

/** Reports each field of a resource that has no effect here. */
export function checkSupport(resource: Resource, findings: Findings): void {
  if (resource.kind === 'ConfigMap') return
  const { refusal } = KINDS[resource.kind]
  if (refusal !== null) findings.refuse(['kind'], `${resource.kind} ${refusal}`)
  const fields = SUPPORTED_FIELDS[resource.kind]
  if (fields !== undefined) walk(resource.spec, ['spec'], fields, findings)
  if (resource.kind === 'Telemetry') checkTelemetrySupport(resource.spec, findings)
}

function walk(value: unknown, path: FieldPath, fields: FieldSupport, findings: Findings): void {
  const pattern = fieldPattern(path)
  const state = stateOf(pattern, fields)
  if (state === 'in effect') return
  if (state !== null) {
    findings[state === 'refused' ? 'refuse' : 'warning'](path, noEffect(path, state === 'refused'))
    return
  }
  if (Array.isArray(value)) value.forEach((entry, index) => walk(entry, [...path, index], fields, findings))
  else if (typeof value === 'object' && value !== null) {
    for (const [key, child] of Object.entries(value)) walk(child, [...path, key], fields, findings)
  }
}

export type FieldState = 'in effect' | 'no effect' | 'refused'

/** @param pattern as the table writes it; @returns null where the fields below have states of their own */
function stateOf(pattern: string, { inEffect, conditions }: FieldSupport): FieldState | null {
  if (inEffect.includes(pattern)) return 'in effect'
  if (pattern === '' || inEffect.some((field) => startsBelow(field, pattern))) return null
  return conditions.some((field) => field === pattern || startsBelow(pattern, field)) ? 'refused' : 'no effect'
}

function noEffect(path: FieldPath, isCondition: boolean): string {
  const name = formatPath(path.slice(-1))
  if (!isCondition) return `${name} has no effect in this version of the mesh; remove it here`
  return `${name} is not supported in this version of the mesh, and leaving it out would change what is let through or where it goes; remove it here`
}

function startsBelow(field: string, parent: string): boolean {
  return field.startsWith(`${parent}.`) || field.startsWith(`${parent}[`)
}
