/**
 * Who may do what: Istio's order. A DENY policy that fits refuses; then, if there is any ALLOW policy, one of them must fit; with no policy
 * at all everything is allowed. Policies are prepared once per snapshot. The decision names the policy and the rule, because "403" alone
 * sends people searching.
 */
import { prepareAnyOf, preparePathTest, prepareValueTest, type ValueTest } from './authorization-match.ts'
import type {
  AuthorizationOperation,
  AuthorizationRule,
  AuthorizationSource,
  CompiledAuthorizationPolicy,
} from './snapshot.ts'
import { parseSpiffeId } from './spiffe.ts'

export interface AuthorizableRequest {
  /** Peer's SPIFFE id without `spiffe://`; null where the peer proved none (plain text). */
  readonly principal: string | null
  readonly method: string
  /** Normalised, without the query. */
  readonly path: string
  /** Authority as it came. */
  readonly host: string
  /** Service port that the request is for. */
  readonly port: number
}

export interface AuthorizationDecision {
  readonly decision: 'ALLOW' | 'DENY'
  /** Resource that decided; null where there is no policy, or none of several fits. */
  readonly policy: string | null
  /** Index of the rule in that policy. */
  readonly rule: number | null
  readonly reason: string
}

/** Policies ready to be asked; made by `preparePolicies`. */
export interface PreparedPolicies {
  readonly deny: readonly PreparedRule[]
  readonly allow: readonly PreparedRule[]
  /** Names of the ALLOW policies, also of those without rules, which allow nothing. */
  readonly allowSources: readonly string[]
}
interface PreparedRule {
  readonly fits: (request: AuthorizableRequest) => boolean
  readonly decision: AuthorizationDecision
}

const NO_POLICY: AuthorizationDecision = {
  decision: 'ALLOW',
  policy: null,
  rule: null,
  reason: 'allowed: no AuthorizationPolicy applies to this workload',
}

/** @throws SyntaxError where a path template is not well formed */
export function preparePolicies(policies: readonly CompiledAuthorizationPolicy[]): PreparedPolicies {
  const allow = policies.filter((policy) => policy.action === 'ALLOW')
  return {
    deny: policies.filter((policy) => policy.action === 'DENY').flatMap(prepareRules),
    allow: allow.flatMap(prepareRules),
    allowSources: allow.map((policy) => policy.source),
  }
}

/** Decides; allocates only where it refuses because nothing allows. */
export function authorise(policies: PreparedPolicies, request: AuthorizableRequest): AuthorizationDecision {
  for (const rule of policies.deny) if (rule.fits(request)) return rule.decision
  for (const rule of policies.allow) if (rule.fits(request)) return rule.decision
  return policies.allowSources.length === 0 ? NO_POLICY : nothingAllows(policies.allowSources, request)
}

function nothingAllows(sources: readonly string[], request: AuthorizableRequest): AuthorizationDecision {
  const who = request.principal ?? 'a peer without identity'
  const reason = `denied: no rule of ${sources.join(', ')} allows ${who} to ${request.method} ${request.path}`
  return { decision: 'DENY', policy: null, rule: null, reason }
}

function prepareRules(policy: CompiledAuthorizationPolicy): PreparedRule[] {
  return policy.rules.map((rule, index) => {
    const words = policy.action === 'ALLOW' ? 'allowed' : 'denied'
    const reason = `${words} by rule ${index} of ${policy.source}`
    return {
      fits: prepareRule(rule),
      decision: { decision: policy.action, policy: policy.source, rule: index, reason },
    }
  })
}

function prepareRule(rule: AuthorizationRule): PreparedRule['fits'] {
  const sources = rule.from.map(prepareSource)
  const operations = rule.to.map(prepareOperation)
  return (request) =>
    (sources.length === 0 || sources.some((fits) => fits(request))) &&
    (operations.length === 0 || operations.some((fits) => fits(request)))
}

function prepareSource(source: AuthorizationSource): PreparedRule['fits'] {
  const principal = prepareField(source.principals, source.notPrincipals, prepareValueTest)
  const namespace = prepareField(source.namespaces, source.notNamespaces, prepareValueTest)
  return (request) => principal(request.principal ?? '') && namespace(namespaceOf(request.principal))
}

function prepareOperation(operation: AuthorizationOperation): PreparedRule['fits'] {
  const method = prepareField(operation.methods, operation.notMethods, prepareValueTest)
  const path = prepareField(operation.paths, operation.notPaths, preparePathTest)
  const host = prepareField(operation.hosts, operation.notHosts, (pattern) => prepareValueTest(pattern, true))
  const port = prepareField(operation.ports, operation.notPorts, prepareValueTest)
  return (request) => method(request.method) && path(request.path) && host(request.host) && port(String(request.port))
}

/** What a peer does not have is the empty string: no `is` fits it, every `isNot` does. */
function prepareField(
  is: readonly string[] | undefined,
  isNot: readonly string[] | undefined,
  prepare: (pattern: string) => ValueTest,
): ValueTest {
  const wanted = is === undefined ? null : prepareAnyOf(is, (pattern) => prepare(pattern))
  const unwanted = isNot === undefined ? null : prepareAnyOf(isNot, (pattern) => prepare(pattern))
  return (value) => (wanted === null || (value !== '' && wanted(value))) && (unwanted === null || !unwanted(value))
}

function namespaceOf(principal: string | null): string {
  return principal === null ? '' : (parseSpiffeId(`spiffe://${principal}`)?.namespace ?? '')
}
