/**
 * Istio's mesh configuration: ConfigMap `istio-system/istio`, whose key `mesh` holds a YAML text of its own. It is read like a resource, with
 * every problem at its line in the outer file. What is not read here is a warning, because one file serves the whole of a real Istio as well.
 */
import { checkRetries } from '../checks/retries.ts'
import { checkDuration, checkPort } from '../checks/values.ts'
import { headerValueProblem } from '@meshmart/mesh-policy'
import { hostProblem } from '../host.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'
import { checkShape, type Shape } from './shape.ts'
import { NORMALIZATION_TYPES, type ExtAuthzHttpSpec, type MeshConfigSpec } from './mesh-config-spec.ts'

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
const MESH_CONFIG: Shape = {
  fields: {
    pathNormalization: { fields: { normalization: { oneOf: NORMALIZATION_TYPES } } },
    defaultHttpRetryPolicy: {
      fields: {
        attempts: 'number',
        perTryTimeout: 'text',
        retryOn: 'text',
        backoff: 'text',
        retryIgnorePreviousHosts: 'boolean',
        retryRemoteLocalities: 'boolean',
      },
    },
    extensionProviders: { list: { fields: { name: 'text', envoyExtAuthzHttp: EXT_AUTHZ_HTTP }, required: ['name'] } },
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
  const names = new Set<string>()
  for (const [index, { name, envoyExtAuthzHttp }] of (spec.extensionProviders ?? []).entries()) {
    const path = ['extensionProviders', index]
    if (hostProblem(name, false) !== null || name.includes('.')) {
      findings.error([...path, 'name'], `must be a DNS label such as my-authorizer, is ${JSON.stringify(name)}`)
    }
    if (names.has(name)) findings.error([...path, 'name'], `must be unique, ${name} is there twice`)
    names.add(name)
    if (envoyExtAuthzHttp !== undefined) checkExtAuthz(envoyExtAuthzHttp, [...path, 'envoyExtAuthzHttp'], findings)
  }
  return findings.hasErrors ? null : spec
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
