/**
 * Fields that Istio serves and the generated schemas do not know yet (they are of Istio 1.29; these are of 1.30 and 1.31). Each is known by its
 * place and its type; whether it takes effect says `supported-fields.ts`, as for all others. A newer version of the schemas makes entries
 * needless; a test says which.
 */
import type { IstioKind } from './resource.ts'
import type { Shape } from './mesh-config/shape.ts'

type Fields = Readonly<Record<string, Shape>>

const KEEP_ALIVE: Shape = { fields: { interval: 'text', timeout: 'text' }, required: ['interval', 'timeout'] }
const REGIONS: Shape = { list: { fields: { from: 'text', to: 'text' } } }
const LOAD_BALANCER: Fields = {
  'loadBalancer.zoneAwareLbSetting': {
    fields: { enabled: 'boolean', failover: REGIONS, failoverPriority: { list: 'text' }, minClusterSize: 'number' },
  },
  'loadBalancer.backendUtilization': {
    fields: {
      errorUtilizationPenaltyPercent: 'number',
      metricNamesForComputingUtilization: { list: 'text' },
      weightExpirationPeriod: 'text',
      weightStabilizationPeriod: 'text',
      weightUpdatePeriod: 'text',
    },
  },
  'outlierDetection.outlierDetectionHttpErrorCodes': { list: 'number' },
  'connectionPool.http.http2KeepAlive': KEEP_ALIVE,
}
const SERVER_TLS: Fields = { ecdhCurves: { list: 'text' }, insecureSkipVerify: 'boolean' }

const below = (parent: string, fields: Fields): Fields =>
  Object.fromEntries(Object.entries(fields).map(([name, shape]) => [`${parent}.${name}`, shape]))

const TRAFFIC_POLICY: Fields = {
  ...LOAD_BALANCER,
  ...below('portLevelSettings[]', LOAD_BALANCER),
  'retryBudget.budgetInterval': 'text',
}

/** By kind and by path below `spec`. */
export const NEWER_FIELDS: Readonly<Partial<Record<IstioKind, Fields>>> = {
  Gateway: below('servers[].tls', SERVER_TLS),
  VirtualService: { 'http[].redirect.prefixRewrite': 'text' },
  DestinationRule: {
    ...below('trafficPolicy', TRAFFIC_POLICY),
    ...below('subsets[].trafficPolicy', TRAFFIC_POLICY),
  },
  Sidecar: {
    ...below('ingress[].tls', SERVER_TLS),
    'inboundConnectionPool.http.http2KeepAlive': KEEP_ALIVE,
    'ingress[].connectionPool.http.http2KeepAlive': KEEP_ALIVE,
  },
  AuthorizationPolicy: {
    'rules[].from[].source.trustDomains': { list: 'text' },
    'rules[].from[].source.notTrustDomains': { list: 'text' },
  },
  RequestAuthentication: { 'jwtRules[].presence': { oneOf: ['OPTIONAL', 'REQUIRED'] } },
  Telemetry: { 'tracing[].disableContextPropagation': 'boolean' },
  EnvoyFilter: { 'configPatches[].match.listener.filterChain.transportSocket': 'text' },
}

/** By path below `spec`: values of a choice. */
export const NEWER_VALUES: Readonly<Record<string, readonly string[]>> = {
  'configPatches[].patch.operation': ['MERGE_AND_REPLACE_LIST'],
}
