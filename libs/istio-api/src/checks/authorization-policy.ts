import type { Findings } from '../problem.ts'
import type { AuthorizationPolicySpec, FieldPath } from '../resource.ts'
import { checkPathPattern, checkPattern } from './values.ts'

const SOURCE_FIELDS = ['principals', 'notPrincipals', 'namespaces', 'notNamespaces'] as const
const OPERATION_FIELDS = ['methods', 'notMethods', 'hosts', 'notHosts', 'ports', 'notPorts'] as const

/** What the schema cannot say about an AuthorizationPolicy. What is not understood is refused: a rule without it would let in too much. */
export function checkAuthorizationPolicy(spec: AuthorizationPolicySpec, findings: Findings): void {
  if (spec.action === 'AUDIT' || spec.action === 'CUSTOM') {
    findings.error(['spec', 'action'], `must be ALLOW or DENY in this version, is ${spec.action}`)
  }
  if (spec.action === 'DENY' && (spec.rules ?? []).length === 0) {
    findings.warning(['spec', 'action'], 'denies nothing without rules; rules: [{}] denies everything')
  }
  for (const [index, rule] of (spec.rules ?? []).entries()) {
    const path = ['spec', 'rules', index]
    for (const [place, { source }] of (rule.from ?? []).entries()) {
      checkSource(source, [...path, 'from', place, 'source'], findings)
    }
    for (const [place, { operation }] of (rule.to ?? []).entries()) {
      checkOperation(operation, [...path, 'to', place, 'operation'], findings)
    }
  }
}

type RuleSpec = NonNullable<AuthorizationPolicySpec['rules']>[number]
type SourceSpec = NonNullable<RuleSpec['from']>[number]['source']
type OperationSpec = NonNullable<RuleSpec['to']>[number]['operation']

function checkSource(source: SourceSpec, path: FieldPath, findings: Findings): void {
  if (source === undefined || Object.keys(source).length === 0) findings.error(path, 'needs at least one field')
  for (const field of SOURCE_FIELDS) {
    for (const [index, value] of (source?.[field] ?? []).entries()) {
      const place = [...path, field, index]
      checkPattern(value, place, findings)
      if (value.startsWith('spiffe://')) findings.error(place, 'must be written without spiffe://')
    }
  }
}

function checkOperation(operation: OperationSpec, path: FieldPath, findings: Findings): void {
  if (operation === undefined || Object.keys(operation).length === 0) findings.error(path, 'needs at least one field')
  for (const field of OPERATION_FIELDS) {
    for (const [index, value] of (operation?.[field] ?? []).entries()) {
      checkPattern(value, [...path, field, index], findings)
      if (field.toLowerCase().endsWith('ports') && !/^[1-9]\d{0,4}$/.test(value)) {
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
