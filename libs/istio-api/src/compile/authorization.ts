/** AuthorizationPolicies: service accounts completed, the CUSTOM action's authorizer looked up in the mesh configuration. */
import type {
  AuthorizationCondition,
  AuthorizationOperation,
  AuthorizationRule,
  AuthorizationSource,
  CompiledAuthorizationPolicy,
  ExternalAuthorizer,
} from '@meshmart/mesh-policy'
import { durationOr } from '../duration.ts'
import type { ExtAuthzHttpSpec, MeshConfigSpec } from '../mesh-config/mesh-config-spec.ts'
import type { PreparedModel } from './model.ts'
import { trustDomainsOf, withAliases } from './trust-domains.ts'
import { nameOf, type AuthorizationRuleSpec, type ResourceOf } from '../resource.ts'

/** Istio's. */
const AUTHORIZER_TIMEOUT_MS = 600_000
const FORBIDDEN = 403

export function compileAuthorizationPolicy(
  policy: ResourceOf<'AuthorizationPolicy'>,
  model: Pick<PreparedModel, 'meshConfig' | 'trustDomain'>,
): CompiledAuthorizationPolicy {
  const { meshConfig } = model
  const domains = trustDomainsOf(model)
  const source = nameOf(policy)
  const action = policy.spec.action ?? 'ALLOW'
  const rules = (policy.spec.rules ?? []).map((rule) => compileRule(rule, policy.namespace, domains))
  if (action !== 'CUSTOM') return { source, action, rules }
  const provider = authorizerOf(policy.spec.provider?.name, meshConfig)
  // Whom nobody can be asked about is refused, as in Istio.
  return provider === null ? { source, action: 'DENY', rules } : { source, action, rules, provider }
}

/** Null where the mesh configuration has no such provider, or one of another kind. */
export function authorizerOf(name: string | undefined, meshConfig: MeshConfigSpec): ExternalAuthorizer | null {
  const provider = (meshConfig.extensionProviders ?? []).find((each) => each.name === name)
  return provider?.envoyExtAuthzHttp === undefined ? null : compileAuthorizer(provider.name, provider.envoyExtAuthzHttp)
}

function compileAuthorizer(name: string, written: ExtAuthzHttpSpec): ExternalAuthorizer {
  const lower = (names: readonly string[] | undefined) => (names ?? []).map((each) => each.toLowerCase())
  const included = written.includeRequestHeadersInCheck ?? written.includeHeadersInCheck
  const additional = Object.entries(written.includeAdditionalHeadersInCheck ?? {})
  return {
    name,
    service: (written.service.split('/').at(-1) ?? '').toLowerCase(),
    port: written.port,
    timeoutMs: durationOr(written.timeout, AUTHORIZER_TIMEOUT_MS),
    pathPrefix: written.pathPrefix ?? '',
    failOpen: written.failOpen ?? false,
    statusOnError: Number(written.statusOnError ?? FORBIDDEN),
    includeRequestHeadersInCheck: lower(included),
    includeAdditionalHeadersInCheck: Object.fromEntries(additional.map(([key, value]) => [key.toLowerCase(), value])),
    headersToUpstreamOnAllow: lower(written.headersToUpstreamOnAllow),
    headersToDownstreamOnAllow: lower(written.headersToDownstreamOnAllow),
    headersToDownstreamOnDeny: lower(written.headersToDownstreamOnDeny),
  }
}

/** Only the fields that the snapshot knows are left by validation, so that they can be taken as they stand. */
function compileRule(rule: AuthorizationRuleSpec, namespace: string, domains: readonly string[]): AuthorizationRule {
  const when = (rule.when ?? []).map((condition): AuthorizationCondition => {
    const { key, values, notValues } = condition
    if (key !== 'source.serviceAccount' && key !== 'source.principal') return { ...condition }
    const complete = (written: readonly string[]) =>
      key === 'source.principal' ? withAliases(written, domains) : written.map((value) => fullAccount(value, namespace))
    return {
      key,
      ...(values && { values: complete(values) }),
      ...(notValues && { notValues: complete(notValues) }),
    }
  })
  return {
    from: (rule.from ?? []).map(({ source }) => compileSource(source ?? {}, namespace, domains)),
    to: (rule.to ?? []).map(({ operation }): AuthorizationOperation => ({ ...operation })),
    ...(when.length > 0 && { when }),
  }
}

function compileSource(
  source: AuthorizationSource,
  namespace: string,
  domains: readonly string[],
): AuthorizationSource {
  const { serviceAccounts, notServiceAccounts, principals, notPrincipals } = source
  return {
    ...source,
    ...(principals && { principals: withAliases(principals, domains) }),
    ...(notPrincipals && { notPrincipals: withAliases(notPrincipals, domains) }),
    ...(serviceAccounts && { serviceAccounts: serviceAccounts.map((account) => fullAccount(account, namespace)) }),
    ...(notServiceAccounts && {
      notServiceAccounts: notServiceAccounts.map((account) => fullAccount(account, namespace)),
    }),
  }
}

/** An account without a namespace is one of the policy's own. */
const fullAccount = (account: string, namespace: string): string =>
  account.includes('/') ? account : `${namespace}/${account}`
