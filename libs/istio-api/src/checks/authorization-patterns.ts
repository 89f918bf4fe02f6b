/** The values of an AuthorizationPolicy's rules: patterns, paths, ports, accounts. */
import { pathTemplateProblem } from '@meshmart/mesh-policy'
import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'

const MAX_ACCOUNTS = 16
const MAX_ACCOUNT = 320

/** One `*`, at the beginning or at the end. A star elsewhere would be taken by its letter, which nobody means. */
export function checkPattern(value: string, path: FieldPath, findings: Findings): void {
  const inner = value === '*' ? '' : value.replace(/^\*/, '').replace(/\*$/, '')
  const stars = value.length - value.replaceAll('*', '').length
  if (value === '') findings.error(path, 'must not be empty; * stands for anything that is there')
  else if (inner.includes('*') || (value !== '*' && stars > 1)) {
    findings.refuse(path, `must be exact, prefix*, *suffix or *, is ${JSON.stringify(value)}`)
  }
}

export function checkPathPattern(value: string, path: FieldPath, findings: Findings): void {
  const problem = templateProblem(value)
  if (problem !== null) findings.error(path, `${problem}, is ${JSON.stringify(value)}`)
  else if (!/[{}]/.test(value)) checkPattern(value, path, findings)
  else {
    const ours = pathTemplateProblem(value)
    if (ours !== null) findings.refuse(path, `${ours}, is ${JSON.stringify(value)}`)
  }
}

/** Istio's rules: `{*}` is one segment, `{**}` the last operator, braces nowhere else, and between them what a path may be made of. */
function templateProblem(value: string): string | null {
  const isTemplate = value.includes('{*}') || value.includes('{**}')
  let isOver = false
  for (const segment of value.replace(/^\/+|\/+$/g, '').split('/')) {
    if (segment === '{*}' || segment === '{**}') {
      if (isOver) return '{**} must be the last operator'
      isOver = segment === '{**}'
    } else if (/[{}]/.test(segment)) return 'must have braces only around * or **, as a segment of its own'
    else if (isTemplate && !LITERAL.test(segment)) {
      return `must have only letters, digits and -._~%!$&'()+,;:@= between its operators`
    }
  }
  return null
}
const LITERAL = /^[a-zA-Z0-9\-._~%!$&'()+,;:@=]+$/

export function checkAuthorizationPort(value: string, path: FieldPath, findings: Findings): void {
  if (/^\d{1,10}$/.test(value) && Number(value) <= 65_535) return
  findings.error(path, `must be a port number, is ${JSON.stringify(value)}`)
}

/** `account` of the policy's own namespace, or `namespace/account`. */
export function checkAccounts(accounts: readonly string[], path: FieldPath, findings: Findings): void {
  if (accounts.length > MAX_ACCOUNTS) findings.error(path, `must not have more than ${MAX_ACCOUNTS} entries`)
  for (const [index, value] of accounts.entries()) {
    const place = [...path, index]
    if (!/^[^/*]+(?:\/[^/*]+)?$/.test(value) || value.length > MAX_ACCOUNT) {
      findings.error(place, `must be an account or namespace/account, is ${JSON.stringify(value)}`)
    }
  }
}
