/**
 * Istio's mesh configuration: ConfigMap `istio-system/istio`, whose key `mesh` holds a YAML text of its own. It is read like a resource, with
 * every problem at its line in the outer file. What is not read here is a warning, because one file serves the whole of a real Istio as well.
 */
import { checkRetries } from '../checks/retries.ts'
import { checkLocalitySetting } from '../checks/locality.ts'
import { checkAtLeast, checkDuration, checkHost, checkPercentage, checkPort } from '../checks/values.ts'
import { headerValueProblem } from '@meshmart/mesh-policy'
import { hostProblem } from '../host.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'
import { checkShape, type Shape } from './shape.ts'
import {
  INBOUND_TRAFFIC_MODES,
  NORMALIZATION_TYPES,
  OUTBOUND_TRAFFIC_MODES,
  type ExtAuthzHttpSpec,
  type ExtensionProviderSpec,
  type MeshConfigSpec,
} from './mesh-config-spec.ts'

const TEXTS: Shape = { list: 'text' }
const EXT_AUTHZ_HTTP: Shape = {
  fields: {
    service: 'text',
    port: 'number',
    timeout: 'text',
    pathPrefix: 'text',
    failOpen: 'boolean',
    statusOnError: 'text',
    includeRequestHeadersInCheck: TEXTS,
    includeHeadersInCheck: TEXTS,
    includeAdditionalHeadersInCheck: { map: 'text' },
    headersToUpstreamOnAllow: TEXTS,
    headersToDownstreamOnAllow: TEXTS,
    headersToDownstreamOnDeny: TEXTS,
  },
  required: ['service', 'port'],
}
const RETRIES: Shape = {
  fields: {
    attempts: 'number',
    perTryTimeout: 'text',
    retryOn: 'text',
    backoff: 'text',
    retryIgnorePreviousHosts: 'boolean',
    retryRemoteLocalities: 'boolean',
  },
}
const LOCALITY: Shape = {
  fields: {
    enabled: 'boolean',
    distribute: { list: { fields: { from: 'text', to: { map: 'number' } } } },
    failover: { list: { fields: { from: 'text', to: 'text' } } },
    failoverPriority: TEXTS,
  },
}
const NAMED_VALUE: Shape = { fields: { name: 'text', defaultValue: 'text' }, required: ['name'] }
const CUSTOM_TAG: Shape = {
  fields: {
    literal: { fields: { value: 'text' }, required: ['value'] },
    environment: NAMED_VALUE,
    header: NAMED_VALUE,
  },
}
const MESH_CONFIG: Shape = {
  fields: {
    rootNamespace: 'text',
    trustDomain: 'text',
    trustDomainAliases: TEXTS,
    outboundTrafficPolicy: { fields: { mode: { oneOf: OUTBOUND_TRAFFIC_MODES } } },
    inboundTrafficPolicy: { fields: { mode: { oneOf: INBOUND_TRAFFIC_MODES } } },
    pathNormalization: { fields: { normalization: { oneOf: NORMALIZATION_TYPES } } },
    defaultHttpRetryPolicy: RETRIES,
    localityLbSetting: LOCALITY,
    connectTimeout: 'text',
    defaultServiceExportTo: TEXTS,
    defaultVirtualServiceExportTo: TEXTS,
    defaultDestinationRuleExportTo: TEXTS,
    extensionProviders: {
      list: {
        fields: {
          name: 'text',
          envoyExtAuthzHttp: EXT_AUTHZ_HTTP,
          envoyFileAccessLog: 'object',
          envoyOtelAls: 'object',
          opentelemetry: 'object',
          zipkin: 'object',
          prometheus: 'object',
        },
        required: ['name'],
      },
    },
    defaultProviders: { fields: { accessLogging: TEXTS, tracing: TEXTS, metrics: TEXTS } },
    enableTracing: 'boolean',
    accessLogFile: 'text',
    defaultConfig: {
      fields: {
        gatewayTopology: { fields: { numTrustedProxies: 'number' } },
        tracing: { fields: { sampling: 'decimal', customTags: { map: CUSTOM_TAG } } },
      },
    },
  },
}

/** @returns null where it has an error */
export function checkMeshConfig(data: unknown, findings: Findings): MeshConfigSpec | null {
  if (!checkShape(data, MESH_CONFIG, [], findings)) return null
  // The shape has just been checked, which is what makes this assertion true.
  const spec = (data ?? {}) as MeshConfigSpec
  if (spec.defaultHttpRetryPolicy !== undefined) {
    checkRetries(spec.defaultHttpRetryPolicy, ['defaultHttpRetryPolicy'], findings)
  }
  checkNames(spec, findings)
  checkDuration(spec.connectTimeout, ['connectTimeout'], findings, 1)
  if (spec.localityLbSetting !== undefined)
    checkLocalitySetting(spec.localityLbSetting, ['localityLbSetting'], findings)
  const { gatewayTopology, tracing } = spec.defaultConfig ?? {}
  checkAtLeast(
    gatewayTopology?.numTrustedProxies,
    0,
    ['defaultConfig', 'gatewayTopology', 'numTrustedProxies'],
    findings,
  )
  checkPercentage(tracing?.sampling, ['defaultConfig', 'tracing', 'sampling'], findings)
  checkProviders(spec.extensionProviders ?? [], findings)
  warnOfNoEffect(spec, findings)
  return findings.hasErrors ? null : spec
}

/** Read, because a real Istio and `explain` know them, and without effect in this mesh. */
function warnOfNoEffect({ inboundTrafficPolicy, defaultProviders = {} }: MeshConfigSpec, findings: Findings): void {
  const effect = 'has no effect in this version of the mesh'
  if (inboundTrafficPolicy !== undefined)
    findings.warning(['inboundTrafficPolicy'], `${effect}: a port that nobody names is not listened on`)
  for (const field of ['tracing', 'metrics'] as const) {
    if (defaultProviders[field] === undefined) continue
    const where = field === 'tracing' ? 'spans go to the control plane' : 'each sidecar is asked for its metrics'
    findings.warning(['defaultProviders', field], `${effect}: ${where}, whatever is named here`)
  }
}

function checkNames(spec: MeshConfigSpec, findings: Findings): void {
  if (spec.rootNamespace !== undefined && !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(spec.rootNamespace)) {
    findings.error(['rootNamespace'], `must be the name of a namespace, is ${JSON.stringify(spec.rootNamespace)}`)
  }
  if (spec.trustDomain !== undefined) checkHost(spec.trustDomain, ['trustDomain'], findings, false)
  for (const [index, alias] of (spec.trustDomainAliases ?? []).entries()) {
    checkHost(alias, ['trustDomainAliases', index], findings, false)
  }
  for (const field of [
    'defaultServiceExportTo',
    'defaultVirtualServiceExportTo',
    'defaultDestinationRuleExportTo',
  ] as const) {
    for (const [index, written] of (spec[field] ?? []).entries()) {
      if (/^([.*~]|[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)$/.test(written)) continue
      findings.error([field, index], `must be *, . or the name of a namespace, is ${JSON.stringify(written)}`)
    }
  }
}

function checkProviders(providers: readonly ExtensionProviderSpec[], findings: Findings): void {
  const names = new Set<string>()
  for (const [index, { name, envoyExtAuthzHttp }] of providers.entries()) {
    const path = ['extensionProviders', index]
    if (hostProblem(name, false) !== null || name.includes('.')) {
      findings.error([...path, 'name'], `must be a DNS label such as my-authorizer, is ${JSON.stringify(name)}`)
    }
    if (names.has(name)) findings.error([...path, 'name'], `must be unique, ${name} is there twice`)
    names.add(name)
    if (envoyExtAuthzHttp !== undefined) checkExtAuthz(envoyExtAuthzHttp, [...path, 'envoyExtAuthzHttp'], findings)
  }
}

const HEADER_LISTS = [
  'includeRequestHeadersInCheck',
  'includeHeadersInCheck',
  'headersToUpstreamOnAllow',
  'headersToDownstreamOnAllow',
  'headersToDownstreamOnDeny',
] as const

function checkExtAuthz(provider: ExtAuthzHttpSpec, path: FieldPath, findings: Findings): void {
  const host = provider.service.split('/').at(-1) ?? ''
  if (provider.service.split('/').length > 2 || hostProblem(host, false) !== null || !host.includes('.')) {
    const written = JSON.stringify(provider.service)
    findings.error([...path, 'service'], `must be a full host such as authz.meshmart.svc.cluster.local, is ${written}`)
  }
  checkPort(provider.port, [...path, 'port'], findings)
  checkDuration(provider.timeout, [...path, 'timeout'], findings, 1)
  if (provider.pathPrefix !== undefined && !provider.pathPrefix.startsWith('/')) {
    findings.error([...path, 'pathPrefix'], `must begin with /, is ${JSON.stringify(provider.pathPrefix)}`)
  }
  if (provider.statusOnError !== undefined && !/^[2-5]\d\d$/.test(provider.statusOnError)) {
    findings.error([...path, 'statusOnError'], `must be a status such as "503", is ${provider.statusOnError}`)
  }
  for (const field of HEADER_LISTS) {
    for (const [index, value] of (provider[field] ?? []).entries()) {
      if (/^[!#$%&'*+\-.^_`|~\w]+$/.test(value) && value.indexOf('*') === value.lastIndexOf('*') && value !== '*') {
        if (!value.slice(0, -1).includes('*')) continue
      }
      findings.error([...path, field, index], `must be a header name or a prefix such as x-auth-*, is ${value}`)
    }
  }
  for (const [name, value] of Object.entries(provider.includeAdditionalHeadersInCheck ?? {})) {
    const problem = headerValueProblem(value)
    if (problem !== null) findings.error([...path, 'includeAdditionalHeadersInCheck', name], problem)
  }
}
