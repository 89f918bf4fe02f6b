/** What the schema cannot say about an AuthorizationPolicy. What is not understood is refused: a rule without it would let in too much. */
import { conditionProblem, conditionValueProblem } from '@meshmart/mesh-policy'
import type { Findings } from '../problem.ts'
import type { AuthorizationPolicySpec, AuthorizationRuleSpec, FieldPath } from '../resource.ts'
import { checkAccounts, checkAuthorizationPort, checkPathPattern, checkPattern } from './authorization-patterns.ts'
import { checkTargets } from './selectors.ts'
import { checkIpBlock, checkNotEmpty } from './values.ts'

const PATTERNS = [
  'principals',
  'notPrincipals',
  'namespaces',
  'notNamespaces',
  'requestPrincipals',
  'notRequestPrincipals',
] as const
const IP_BLOCKS = ['ipBlocks', 'notIpBlocks', 'remoteIpBlocks', 'notRemoteIpBlocks'] as const
const ACCOUNTS = ['serviceAccounts', 'notServiceAccounts'] as const
/** Newer than the generated types. */
const TRUST_DOMAINS = ['trustDomains', 'notTrustDomains'] as const
/** What Istio's CUSTOM action cannot be asked about: it is decided before anybody has proved who he is. */
const NOT_WITH_CUSTOM = [...PATTERNS, ...ACCOUNTS, ...TRUST_DOMAINS] as const
const CONDITION_NOT_WITH_CUSTOM = /^(?:source\.(?:namespace|serviceAccount|trustDomain|principal)$|request\.auth\.)/
const OPERATION_PATTERNS = ['methods', 'notMethods', 'hosts', 'notHosts'] as const
/** Of a source, what a TCP connection can be asked as well. */
const OF_CONNECTIONS = [
  'principals',
  'notPrincipals',
  'namespaces',
  'notNamespaces',
  ...IP_BLOCKS,
  ...ACCOUNTS,
] as const

export function checkAuthorizationPolicy(spec: AuthorizationPolicySpec, findings: Findings): void {
  checkTargets(spec, findings)
  const rules = spec.rules ?? []
  const needsRules = spec.action === 'DENY' || spec.action === 'CUSTOM'
  if (needsRules && rules.length === 0) {
    const message = `${spec.action} without rules never applies; rules: [{}] applies to every request`
    findings.error(['spec', spec.rules === undefined ? 'action' : 'rules'], message)
  }
  if (spec.action === 'CUSTOM') checkCustom(spec, findings)
  else if (spec.provider !== undefined) findings.error(['spec', 'provider'], 'belongs to action CUSTOM')
  for (const [index, rule] of rules.entries()) {
    const path = ['spec', 'rules', index]
    checkRule(rule, path, findings)
    if (spec.action === 'DENY' && isHttpOnly(rule)) {
      findings.advise(path, 'denies all TCP traffic as well: it has only conditions of HTTP; name the ports')
    }
  }
}

function checkCustom(spec: AuthorizationPolicySpec, findings: Findings): void {
  if ((spec.rules ?? []).length > 0 && (spec.provider?.name ?? '') === '') {
    findings.error(['spec', 'provider'], "must name one of the mesh configuration's extensionProviders")
  }
  for (const [index, { from, when }] of (spec.rules ?? []).entries()) {
    for (const [place, { source }] of (from ?? []).entries()) {
      for (const field of NOT_WITH_CUSTOM) {
        if (valuesOf(source, field).length === 0) continue
        findings.error(
          ['spec', 'rules', index, 'from', place, 'source', field],
          'cannot stand in a rule of CUSTOM, as in Istio',
        )
      }
    }
    for (const [place, { key }] of (when ?? []).entries()) {
      if (!CONDITION_NOT_WITH_CUSTOM.test(key)) continue
      findings.error(['spec', 'rules', index, 'when', place, 'key'], 'cannot stand in a rule of CUSTOM, as in Istio')
    }
  }
}

type SourceSpec = NonNullable<AuthorizationRuleSpec['from']>[number]['source']
type OperationSpec = NonNullable<AuthorizationRuleSpec['to']>[number]['operation']

function checkRule(rule: AuthorizationRuleSpec, path: FieldPath, findings: Findings): void {
  if (rule.from?.length === 0) findings.refuse([...path, 'from'], 'must not be empty; it would mean everybody')
  if (rule.to?.length === 0) findings.refuse([...path, 'to'], 'must not be empty; it would mean everything')
  for (const [place, { source }] of (rule.from ?? []).entries()) {
    checkSource(source, [...path, 'from', place, 'source'], findings)
  }
  for (const [place, { operation }] of (rule.to ?? []).entries()) {
    checkOperation(operation, [...path, 'to', place, 'operation'], findings)
  }
  for (const [place, condition] of (rule.when ?? []).entries()) {
    checkCondition(condition, [...path, 'when', place], findings)
  }
}

function checkSource(source: SourceSpec, path: FieldPath, findings: Findings): void {
  checkNotBare(source, path, findings)
  for (const field of PATTERNS) {
    for (const [index, value] of (source?.[field] ?? []).entries()) {
      const place = [...path, field, index]
      checkPattern(value, place, findings)
      if (value.startsWith('spiffe://')) findings.refuse(place, 'must be written without spiffe://')
    }
  }
  for (const field of IP_BLOCKS) {
    for (const [index, value] of (source?.[field] ?? []).entries())
      checkIpBlock(value, [...path, field, index], findings)
  }
  for (const field of ACCOUNTS) checkAccounts(source?.[field] ?? [], [...path, field], findings)
  const besides = ['principals', 'notPrincipals', 'namespaces', 'notNamespaces'] as const
  const other = besides.find((field) => source?.[field] !== undefined)
  for (const field of ACCOUNTS) {
    if (source?.[field] === undefined || other === undefined) continue
    findings.error([...path, field], `must not stand beside ${other}`)
  }
  checkTrustDomains(source, path, findings)
}

function checkTrustDomains(source: SourceSpec, path: FieldPath, findings: Findings): void {
  for (const field of TRUST_DOMAINS) {
    const values = valuesOf(source, field)
    for (const [index, value] of values.entries()) {
      const stars = value.split('*').length - 1
      const isPattern = stars === 0 || (stars === 1 && (value.startsWith('*') || value.endsWith('*')))
      if (value !== '' && isPattern && !value.includes('/')) continue
      findings.error(
        [...path, field, index],
        `must be a trust domain, prefix*, *suffix or *, is ${JSON.stringify(value)}`,
      )
    }
    if (values.length > 0)
      findings.refuse([...path, field], 'is not supported; write principals such as cluster.local/*')
  }
}

function checkOperation(operation: OperationSpec, path: FieldPath, findings: Findings): void {
  checkNotBare(operation, path, findings)
  for (const field of OPERATION_PATTERNS) {
    for (const [index, value] of (operation?.[field] ?? []).entries())
      checkPattern(value, [...path, field, index], findings)
  }
  for (const field of ['ports', 'notPorts'] as const) {
    for (const [index, value] of (operation?.[field] ?? []).entries())
      checkAuthorizationPort(value, [...path, field, index], findings)
  }
  for (const field of ['paths', 'notPaths'] as const) {
    for (const [index, value] of (operation?.[field] ?? []).entries())
      checkPathPattern(value, [...path, field, index], findings)
  }
}

/** An object in which nothing stands would mean everybody, which nobody wants to say that way. */
function checkNotBare(fields: object | undefined, path: FieldPath, findings: Findings): void {
  const says = Object.values(fields ?? {}).some((values) => Array.isArray(values) && values.length > 0)
  if (!says) findings.error(path, 'needs at least one field')
}

/** A field that may be newer than the generated types. */
function valuesOf(fields: object | undefined, name: string): readonly string[] {
  const values: unknown = fields === undefined ? undefined : Reflect.get(fields, name)
  return Array.isArray(values) ? values : []
}

function isHttpOnly(rule: AuthorizationRuleSpec): boolean {
  const from = rule.from ?? []
  const to = rule.to ?? []
  const fromConnections = from.some(({ source }) => OF_CONNECTIONS.some((field) => source?.[field] !== undefined))
  const toPorts = to.some(({ operation }) => operation?.ports !== undefined || operation?.notPorts !== undefined)
  return to.length > 0 ? !toPorts : from.length > 0 && !fromConnections
}

type ConditionSpec = NonNullable<AuthorizationRuleSpec['when']>[number]

function checkCondition(condition: ConditionSpec, path: FieldPath, findings: Findings): void {
  const { key } = condition
  const problem = keyProblem(key)
  if (problem !== null)
    findings[problem.isOurs ? 'refuse' : 'error']([...path, 'key'], `${problem.message}, is ${JSON.stringify(key)}`)
  if ((condition.values ?? []).length === 0 && (condition.notValues ?? []).length === 0) {
    findings.error(path, 'needs values or notValues')
  }
  for (const field of ['values', 'notValues'] as const) {
    const values = condition[field] ?? []
    if (problem !== null) checkNotEmpty(values, [...path, field], findings)
    else if (key === 'source.serviceAccount') checkAccounts(values, [...path, field], findings)
    else checkConditionValues(key, values, [...path, field], findings)
  }
}

function checkConditionValues(key: string, values: readonly string[], path: FieldPath, findings: Findings): void {
  for (const [index, value] of values.entries()) {
    if (value === '') findings.error([...path, index], 'must not be empty; * stands for anything that is there')
    else {
      const wrong = conditionValueProblem(key, value)
      if (wrong === null) continue
      const isIstios = key.endsWith('.ip') || key === 'destination.port'
      findings[isIstios ? 'error' : 'refuse']([...path, index], `${wrong}, is ${JSON.stringify(value)}`)
    }
  }
}

const OF_ISTIO =
  /^(?:(?:request\.headers|request\.auth\.claims|experimental\.envoy\.filters\.).*\[.+\]|source\.trustDomain)$/

/** Keys that Istio knows and this mesh does not are ours to refuse. */
function keyProblem(key: string): { message: string; isOurs: boolean } | null {
  const problem = conditionProblem(key)
  return problem === null ? null : { message: problem, isOurs: OF_ISTIO.test(key) }
}
