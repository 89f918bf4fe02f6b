/** The annotations that Istio knows (istio/api, annotation/annotations.yaml), the kinds of objects that they belong to, and how their values are read. */
import { ipBlockProblem } from '@meshmart/mesh-policy'

export interface KnownAnnotation {
  readonly kinds: readonly string[]
  readonly deprecated?: true
}

const of = (kinds: readonly string[], names: readonly string[], deprecated = false) =>
  names.map((name): [string, KnownAnnotation] => [name, deprecated ? { kinds, deprecated } : { kinds }])

export const ANNOTATIONS: Readonly<Record<string, KnownAnnotation>> = Object.fromEntries([
  ...of(['Service'], ['alpha.istio.io/canonical-serviceaccounts', 'alpha.istio.io/kubernetes-serviceaccounts'], true),
  ...of(
    ['Pod'],
    [
      'ambient.istio.io/bypass-inbound-capture',
      'ambient.istio.io/dns-capture',
      'ambient.istio.io/redirection',
      'inject.istio.io/templates',
      'istio.io/reroute-virtual-interfaces',
      'istio.io/rev',
      'prometheus.istio.io/merge-metrics',
      'proxy.istio.io/config',
      'proxy.istio.io/overrides',
      'readiness.status.sidecar.istio.io/applicationPorts',
      'readiness.status.sidecar.istio.io/failureThreshold',
      'readiness.status.sidecar.istio.io/initialDelaySeconds',
      'readiness.status.sidecar.istio.io/periodSeconds',
      'sidecar.istio.io/agentLogLevel',
      'sidecar.istio.io/bootstrapOverride',
      'sidecar.istio.io/componentLogLevel',
      'sidecar.istio.io/interceptionMode',
      'sidecar.istio.io/logLevel',
      'sidecar.istio.io/nativeSidecar',
      'sidecar.istio.io/proxyCPU',
      'sidecar.istio.io/proxyCPULimit',
      'sidecar.istio.io/proxyImage',
      'sidecar.istio.io/proxyImageType',
      'sidecar.istio.io/proxyMemory',
      'sidecar.istio.io/proxyMemoryLimit',
      'sidecar.istio.io/rewriteAppHTTPProbers',
      'sidecar.istio.io/statsEvictionInterval',
      'sidecar.istio.io/statsFlushInterval',
      'sidecar.istio.io/statsHistogramBins',
      'sidecar.istio.io/statsHistogramBuckets',
      'sidecar.istio.io/status',
      'sidecar.istio.io/userVolume',
      'sidecar.istio.io/userVolumeMount',
      'status.sidecar.istio.io/port',
      'traffic.sidecar.istio.io/excludeInboundPorts',
      'traffic.sidecar.istio.io/excludeInterfaces',
      'traffic.sidecar.istio.io/excludeOutboundIPRanges',
      'traffic.sidecar.istio.io/excludeOutboundPorts',
      'traffic.sidecar.istio.io/includeInboundPorts',
      'traffic.sidecar.istio.io/includeOutboundIPRanges',
      'traffic.sidecar.istio.io/includeOutboundPorts',
    ],
  ),
  ...of(['GatewayClass', 'Gateway'], ['ambient.istio.io/waypoint-inbound-binding']),
  ...of(['Any'], ['galley.istio.io/analyze-suppress', 'gateway.istio.io/controller-version']),
  ...of(
    ['Gateway'],
    ['gateway.istio.io/name-override', 'gateway.istio.io/service-account', 'networking.istio.io/service-type'],
  ),
  ...of(
    ['WorkloadEntry'],
    [
      'istio.io/autoRegistrationGroup',
      'istio.io/connectedAt',
      'istio.io/disconnectedAt',
      'istio.io/workloadController',
    ],
  ),
  ...of(['AuthorizationPolicy'], ['istio.io/dry-run']),
  ...of(['Service', 'ServiceEntry', 'Namespace'], ['istio.io/use-waypoint-canary-weight']),
  ...of(['Ingress'], ['kubernetes.io/ingress.class']),
  ...of(['Service'], ['networking.istio.io/exportTo', 'traffic.istio.io/nodeSelector']),
  ...of(['Namespace', 'Service', 'ServiceEntry'], ['networking.istio.io/traffic-distribution']),
  ...of(
    ['Pod'],
    [
      'sidecar.istio.io/discoveryAddress',
      'sidecar.istio.io/extraStatTags',
      'sidecar.istio.io/inject',
      'sidecar.istio.io/statsCompression',
      'sidecar.istio.io/statsInclusionPrefixes',
      'sidecar.istio.io/statsInclusionRegexps',
      'sidecar.istio.io/statsInclusionSuffixes',
      'traffic.sidecar.istio.io/kubevirtInterfaces',
    ],
    true,
  ),
  ...of(['Namespace'], ['topology.istio.io/controlPlaneClusters']),
])

/** Set by Istio itself. */
export const IGNORED_ANNOTATIONS: ReadonlySet<string> = new Set([
  'sidecar.istio.io/status',
  'gateway.istio.io/controller-version',
  'istio.io/rev',
])

/** Why a value cannot be read, or null. */
export function annotationProblem(name: string, value: string): string | null {
  const check = Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined
  return check?.(value) ?? null
}

type Check = (value: string) => string | null

const unsigned: Check = (value) =>
  /^\d+$/.test(value) && Number(value) < 2 ** 32
    ? null
    : `strconv.ParseUint: parsing ${JSON.stringify(value)}: invalid syntax`

const truth: Check = (value) =>
  /^(1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(value)
    ? null
    : `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`

const interceptionMode: Check = (value) =>
  ['REDIRECT', 'TPROXY', 'NONE'].includes(value) ? null : `interceptionMode invalid, use REDIRECT,TPROXY,NONE: ${value}`

const isPort = (value: string): boolean => /^\s*\d+\s*$/.test(value) && Number(value) < 65_536

function ports(parameter: string, wildcard = false): Check {
  return (value) => {
    if (value.trim() === '' || (wildcard && value === '*')) return null
    const wrong = value.split(',').find((port) => !isPort(port))
    if (wrong === undefined) return null
    // Go's own words, twice over, as Istio passes them on.
    const syntax = `strconv.ParseUint: parsing ${JSON.stringify(wrong.trim())}: invalid syntax`
    return `${parameter} invalid: failed parsing port '${wrong}': failed parsing port '${wrong}': ${syntax}`
  }
}

function ranges(parameter: string, wildcard = false): Check {
  return (value) => {
    if (value === '' || (wildcard && value === '*')) return null
    const wrong = value.split(',').find((block) => !block.includes('/') || ipBlockProblem(block) !== null)
    return wrong === undefined ? null : `${parameter} invalid: failed parsing cidr '${wrong}'`
  }
}

/** Kubernetes' quantities, such as `100m` or `1.5Gi`. */
const quantity: Check = (value) =>
  /^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+|[KMGTPE]i|[numkMGTPE])?$/.test(value)
    ? null
    : "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

const interfaces: Check = (value) => {
  if (value === '') return null
  const wrong = value.split(',').find((name) => !/^[\w.:@-]{1,15}$/.test(name.trim()))
  return wrong === undefined ? null : `invalid interface name: ${wrong}`
}

const CHECKS: Readonly<Record<string, Check>> = {
  'sidecar.istio.io/interceptionMode': interceptionMode,
  'status.sidecar.istio.io/port': (value) => (isPort(value) ? null : `failed parsing port '${value}'`),
  'readiness.status.sidecar.istio.io/initialDelaySeconds': unsigned,
  'readiness.status.sidecar.istio.io/periodSeconds': unsigned,
  'readiness.status.sidecar.istio.io/failureThreshold': unsigned,
  'traffic.sidecar.istio.io/includeOutboundIPRanges': ranges('includeIPRanges', true),
  'traffic.sidecar.istio.io/excludeOutboundIPRanges': ranges('excludeIPRanges'),
  'traffic.sidecar.istio.io/includeInboundPorts': ports('includeInboundPorts', true),
  'traffic.sidecar.istio.io/excludeInboundPorts': ports('excludeInboundPorts'),
  'traffic.sidecar.istio.io/excludeOutboundPorts': ports('excludeOutboundPorts'),
  'traffic.sidecar.istio.io/excludeInterfaces': interfaces,
  'traffic.sidecar.istio.io/kubevirtInterfaces': interfaces,
  'istio.io/reroute-virtual-interfaces': interfaces,
  'prometheus.istio.io/merge-metrics': truth,
  'sidecar.istio.io/proxyCPU': quantity,
  'sidecar.istio.io/proxyMemory': quantity,
  'sidecar.istio.io/proxyCPULimit': quantity,
  'sidecar.istio.io/proxyMemoryLimit': quantity,
}
