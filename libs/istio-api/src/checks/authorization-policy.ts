import type { Findings } from '../problem.ts'
import type { AuthorizationPolicySpec, FieldPath } from '../resource.ts'
import { conditionProblem, conditionValueProblem } from '@meshmart/mesh-policy'
import { checkIpBlock, checkPathPattern, checkPattern } from './values.ts'

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
/** What Istio's CUSTOM action cannot be asked about: it is decided before anybody has proved who he is. */
const NOT_WITH_CUSTOM = [...PATTERNS, ...ACCOUNTS] as const
const OPERATION_FIELDS = ['methods', 'notMethods', 'hosts', 'notHosts', 'ports', 'notPorts'] as const

/** What the schema cannot say about an AuthorizationPolicy. What is not understood is refused: a rule without it would let in too much. */
export function checkAuthorizationPolicy(spec: AuthorizationPolicySpec, findings: Findings): void {
  if (spec.action === 'DENY' && (spec.rules ?? []).length === 0) {
    findings.warning(['spec', 'action'], 'denies nothing without rules; rules: [{}] denies everything')
  }
  if (spec.action === 'CUSTOM') checkCustom(spec, findings)
  else if (spec.provider !== undefined) findings.error(['spec', 'provider'], 'belongs to action CUSTOM')
  for (const [index, rule] of (spec.rules ?? []).entries()) {
    const path = ['spec', 'rules', index]
    if (rule.from?.length === 0) findings.error([...path, 'from'], 'must not be empty')
    if (rule.to?.length === 0) findings.error([...path, 'to'], 'must not be empty')
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
}

function checkCustom(spec: AuthorizationPolicySpec, findings: Findings): void {
  if ((spec.rules ?? []).length === 0)
    findings.error(['spec', 'rules'], 'must say who is asked about; [{}] is everybody')
  if ((spec.provider?.name ?? '') === '') {
    findings.error(['spec', 'provider'], "must name one of the mesh configuration's extensionProviders")
  }
  for (const [index, { from, when }] of (spec.rules ?? []).entries()) {
    for (const [place, { source }] of (from ?? []).entries()) {
      for (const field of NOT_WITH_CUSTOM) {
        if (source?.[field] === undefined) continue
        findings.error(
          ['spec', 'rules', index, 'from', place, 'source', field],
          'cannot stand in a rule of CUSTOM, as in Istio',
        )
      }
    }
    for (const [place, { key }] of (when ?? []).entries()) {
      if (!/^(source\.(namespace|serviceAccount|principal)$|request\.auth\.)/.test(key)) continue
      findings.error(['spec', 'rules', index, 'when', place, 'key'], 'cannot stand in a rule of CUSTOM, as in Istio')
    }
  }
}

type RuleSpec = NonNullable<AuthorizationPolicySpec['rules']>[number]
type SourceSpec = NonNullable<RuleSpec['from']>[number]['source']
type OperationSpec = NonNullable<RuleSpec['to']>[number]['operation']

function checkSource(source: SourceSpec, path: FieldPath, findings: Findings): void {
  if (source === undefined || Object.keys(source).length === 0) findings.error(path, 'needs at least one field')
  for (const field of PATTERNS) {
    for (const [index, value] of (source?.[field] ?? []).entries()) {
      const place = [...path, field, index]
      checkPattern(value, place, findings)
      if (value.startsWith('spiffe://')) findings.error(place, 'must be written without spiffe://')
    }
  }
  for (const field of IP_BLOCKS) {
    for (const [index, value] of (source?.[field] ?? []).entries())
      checkIpBlock(value, [...path, field, index], findings)
  }
  checkAccounts(source, path, findings)
}

function checkAccounts(source: SourceSpec, path: FieldPath, findings: Findings): void {
  const besides = ['principals', 'notPrincipals', 'namespaces', 'notNamespaces'] as const
  for (const field of ACCOUNTS) {
    const accounts = source?.[field] ?? []
    for (const [index, value] of accounts.entries()) {
      if (/^([a-z0-9.-]+\/)?[a-z0-9.-]+$/.test(value)) continue
      findings.error([...path, field, index], `must be an account or namespace/account, is ${JSON.stringify(value)}`)
    }
    if (accounts.length > 0 && besides.some((other) => source?.[other] !== undefined)) {
      findings.error([...path, field], 'must not stand beside principals or namespaces')
    }
  }
}

function checkOperation(operation: OperationSpec, path: FieldPath, findings: Findings): void {
  if (operation === undefined || Object.keys(operation).length === 0) findings.error(path, 'needs at least one field')
  for (const field of OPERATION_FIELDS) {
    for (const [index, value] of (operation?.[field] ?? []).entries()) {
      checkPattern(value, [...path, field, index], findings)
      if (field.toLowerCase().endsWith('ports') && (!/^[1-9]\d{0,4}$/.test(value) || Number(value) > 65_535)) {
        findings.error([...path, field, index], `must be a port number, is ${JSON.stringify(value)}`)
      }
    }
  }
  for (const field of ['paths', 'notPaths'] as const) {
    for (const [index, value] of (operation?.[field] ?? []).entries()) {
      checkPathPattern(value, [...path, field, index], findings)
    }
  }
}

type ConditionSpec = NonNullable<RuleSpec['when']>[number]

function checkCondition(condition: ConditionSpec, path: FieldPath, findings: Findings): void {
  const problem = conditionProblem(condition.key)
  if (problem !== null) {
    findings.error([...path, 'key'], `${problem}, is ${JSON.stringify(condition.key)}`)
    return
  }
  if ((condition.values ?? []).length === 0 && (condition.notValues ?? []).length === 0) {
    findings.error(path, 'needs values or notValues')
  }
  for (const field of ['values', 'notValues'] as const) {
    for (const [index, value] of (condition[field] ?? []).entries()) {
      // An account alone is one of the policy's own namespace.
      const whole = condition.key === 'source.serviceAccount' && !value.includes('/') ? `namespace/${value}` : value
      const wrong = value === '' ? 'must not be empty' : conditionValueProblem(condition.key, whole)
      if (wrong !== null) findings.error([...path, field, index], `${wrong}, is ${JSON.stringify(value)}`)
    }
  }
}
