/**
 * Who may do what: Istio's order. CUSTOM asks an authorizer of its own first (`customAuthorizers`; the asking is the caller's). Then a DENY policy that
 * fits refuses; then, if there is any ALLOW policy, one of them must fit; with no policy at all everything is allowed. AUDIT decides
 * nothing (`auditedBy`). Policies are prepared once per snapshot. The decision names the policy and the rule, because "403" alone sends people
 * searching.
 */
import type { AuthorizableConnection, AuthorizableRequest } from './authorization-checks.ts'
import { prepareRule, type RuleMatcher } from './authorization-rule.ts'
import type { CompiledAuthorizationPolicy, ExternalAuthorizer } from './snapshot.ts'

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
  readonly custom: readonly PreparedCustom[]
  readonly request: PreparedActions<AuthorizableRequest>
  readonly connection: PreparedActions<AuthorizableConnection>
  /** Names of the ALLOW policies, also of those without rules, which allow nothing. */
  readonly allowSources: readonly string[]
}
interface PreparedActions<Asked> {
  readonly deny: readonly PreparedRule<Asked>[]
  readonly allow: readonly PreparedRule<Asked>[]
  readonly audit: readonly PreparedRule<Asked>[]
}
interface PreparedRule<Asked> {
  readonly matcher: RuleMatcher<Asked>
  readonly decision: AuthorizationDecision
}
interface PreparedCustom {
  readonly matchers: readonly RuleMatcher<AuthorizableRequest>[]
  readonly provider: ExternalAuthorizer
}

const NO_POLICY: AuthorizationDecision = {
  decision: 'ALLOW',
  policy: null,
  rule: null,
  reason: 'allowed: no AuthorizationPolicy applies to this workload',
}
const NOT_DENIED: AuthorizationDecision = { ...NO_POLICY, reason: 'allowed: no rule of a DENY policy fits' }
const NOBODY: readonly ExternalAuthorizer[] = []

/** @throws RangeError that names the policy, its rule and the field which cannot be used */
export function preparePolicies(policies: readonly CompiledAuthorizationPolicy[]): PreparedPolicies {
  const ofAction = (action: CompiledAuthorizationPolicy['action']): readonly CompiledAuthorizationPolicy[] =>
    policies.filter((policy) => policy.action === action)
  const deny = ofAction('DENY').flatMap(prepareRules)
  const allow = ofAction('ALLOW').flatMap(prepareRules)
  const audit = ofAction('AUDIT').flatMap(prepareRules)
  return {
    custom: ofAction('CUSTOM').map(prepareCustom),
    request: { deny: deny.map(forRequests), allow: allow.map(forRequests), audit: audit.map(forRequests) },
    connection: {
      deny: deny.flatMap(forConnections),
      allow: allow.flatMap(forConnections),
      audit: audit.flatMap(forConnections),
    },
    allowSources: ofAction('ALLOW').map((policy) => policy.source),
  }
}

/** Whom CUSTOM policies want to be asked before anything else is decided; the first that refuses decides. */
export function customAuthorizers(
  policies: PreparedPolicies,
  request: AuthorizableRequest,
): readonly ExternalAuthorizer[] {
  if (policies.custom.length === 0) return NOBODY
  const asked = new Map<string, ExternalAuthorizer>()
  for (const { matchers, provider } of policies.custom) {
    if (matchers.some((matcher) => matcher.fits(request))) asked.set(provider.name, provider)
  }
  return [...asked.values()]
}

/** Decides; allocates only where it refuses because nothing allows. */
export function authorise(policies: PreparedPolicies, request: AuthorizableRequest): AuthorizationDecision {
  const decision = decide(policies.request, policies.allowSources.length, request)
  if (decision !== null) return decision
  return nothingAllows(policies.allowSources, request, `${request.method} ${request.path}`)
}

/** The same for a connection that carries no HTTP. CUSTOM policies are not asked: their authorizers speak HTTP, and Istio leaves them out too. */
export function authoriseConnection(
  policies: PreparedPolicies,
  connection: AuthorizableConnection,
): AuthorizationDecision {
  const decision = decide(policies.connection, policies.allowSources.length, connection)
  return decision ?? nothingAllows(policies.allowSources, connection, `connect to port ${connection.port}`)
}

/** The first AUDIT policy that fits, for the log; null where there is none. */
export function auditedBy(policies: PreparedPolicies, request: AuthorizableRequest): string | null {
  for (const { matcher, decision } of policies.request.audit) if (matcher.fits(request)) return decision.policy
  return null
}

/** Null where nothing of what could allow it does. */
function decide<Asked>(
  actions: PreparedActions<Asked>,
  allowPolicies: number,
  asked: Asked,
): AuthorizationDecision | null {
  const { deny, allow } = actions
  for (const rule of deny) if (rule.matcher.fits(asked)) return rule.decision
  for (const rule of allow) if (rule.matcher.fits(asked)) return rule.decision
  if (allowPolicies !== 0) return null
  return deny.length === 0 ? NO_POLICY : NOT_DENIED
}

function nothingAllows(
  sources: readonly string[],
  { principal }: AuthorizableConnection,
  what: string,
): AuthorizationDecision {
  const who = principal ?? 'a peer without identity'
  const reason = `denied: no rule of ${sources.join(', ')} allows ${who} to ${what}`
  return { decision: 'DENY', policy: null, rule: null, reason }
}

interface BothRules extends ReturnType<typeof prepareRule> {
  readonly decision: AuthorizationDecision
}

function prepareRules(policy: CompiledAuthorizationPolicy): BothRules[] {
  const decision = policy.action === 'DENY' ? 'DENY' : 'ALLOW'
  const words = policy.action === 'AUDIT' ? 'audited' : decision === 'DENY' ? 'denied' : 'allowed'
  return policy.rules.map((rule, index) => {
    const reason = `${words} by rule ${index} of ${policy.source}`
    return { ...prepareNamed(policy, index), decision: { decision, policy: policy.source, rule: index, reason } }
  })
}

function prepareCustom(policy: CompiledAuthorizationPolicy): PreparedCustom {
  if (policy.provider === undefined) throw new RangeError(`${policy.source}: CUSTOM needs a provider`)
  const matchers = policy.rules.map((_, index) => prepareNamed(policy, index).request)
  return { matchers, provider: policy.provider }
}

function prepareNamed(policy: CompiledAuthorizationPolicy, index: number): ReturnType<typeof prepareRule> {
  try {
    return prepareRule(policy.rules[index] ?? { from: [], to: [] }, policy.action)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new RangeError(`rule ${index} of ${policy.source}: ${reason}`, { cause: error })
  }
}

function forRequests({ request, decision }: BothRules): PreparedRule<AuthorizableRequest> {
  return { matcher: request, decision }
}

function forConnections({ connection, decision }: BothRules): PreparedRule<AuthorizableConnection>[] {
  return connection === null ? [] : [{ matcher: connection, decision }]
}
