/** Checks of single values that several kinds share; each reports at its field and says what would be right. */
import { ipBlockProblem, loadRegexEngine, pathTemplateProblem, regexProblem } from '@meshmart/mesh-policy'
import { parseDuration } from '../duration.ts'
import { hostProblem } from '../host.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'

// Whoever checks resources meets expressions sooner or later, and checks are synchronous.
await loadRegexEngine()

export function checkDuration(value: string | undefined, path: FieldPath, findings: Findings, atLeastMs = 0): void {
  if (value === undefined) return
  const milliseconds = parseDuration(value)
  if (milliseconds === null) {
    findings.error(path, `must be a duration such as 1s, 100ms or 1h, is ${JSON.stringify(value)}`)
  } else if (milliseconds < atLeastMs) {
    findings.error(path, `must be at least ${atLeastMs}ms, is ${value}`)
  }
}

export function checkHost(value: string, path: FieldPath, findings: Findings, wildcardAllowed: boolean): void {
  const problem = hostProblem(value, wildcardAllowed)
  if (problem !== null) findings.error(path, `${problem}, is ${JSON.stringify(value)}`)
}

export function checkPort(value: number | undefined, path: FieldPath, findings: Findings): void {
  if (value !== undefined && (value < 1 || value > 65535)) {
    findings.error(path, `must be a port between 1 and 65535, is ${value}`)
  }
}

export interface WrittenStringMatch {
  readonly exact?: string
  readonly prefix?: string
  readonly regex?: string
}

/** The schema has seen to it that there is at most one of the three. */
export function checkStringMatch(match: WrittenStringMatch | undefined, path: FieldPath, findings: Findings): void {
  if (match?.regex === undefined) return
  const problem = regexProblem(match.regex)
  if (problem !== null) findings.error([...path, 'regex'], `must be a regular expression of RE2: ${problem}`)
}

/** AuthorizationPolicy's string forms: one `*`, at the beginning or at the end. */
export function checkPattern(value: string, path: FieldPath, findings: Findings): void {
  const inner = value === '*' ? '' : value.replace(/^\*/, '').replace(/\*$/, '')
  const stars = value.length - value.replaceAll('*', '').length
  if (value === '') findings.error(path, 'must not be empty; * stands for anything that is there')
  else if (inner.includes('*') || (value !== '*' && stars > 1)) {
    findings.error(path, `must be exact, prefix*, *suffix or *, is ${JSON.stringify(value)}`)
  }
}

export function checkPathPattern(value: string, path: FieldPath, findings: Findings): void {
  if (!/[{}]/.test(value)) {
    checkPattern(value, path, findings)
    return
  }
  const problem = pathTemplateProblem(value)
  if (problem !== null) findings.error(path, `${problem}, is ${JSON.stringify(value)}`)
}

/** Names of Kubernetes labels and their values, as Istio checks them. */
export function checkLabels(
  labels: Readonly<Record<string, string>> | undefined,
  path: FieldPath,
  findings: Findings,
): void {
  for (const [name, value] of Object.entries(labels ?? {})) {
    const bare = name.split('/').at(-1) ?? ''
    if (!LABEL.test(bare) || bare === '' || name.split('/').length > 2)
      findings.error([...path, name], 'is no name of a label')
    else if (!LABEL.test(value)) {
      findings.error([...path, name], `must be at most 63 letters, digits, - _ . , is ${JSON.stringify(value)}`)
    }
  }
}
const LABEL = /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/

/** 0 to 100, with fractions; Envoy counts in millionths. */
export function checkPercentage(value: number | undefined, path: FieldPath, findings: Findings): void {
  if (value === undefined || value === 0 || (value >= 0.0001 && value <= 100)) return
  findings.error(path, `must be 0 or between 0.0001 and 100, is ${value}`)
}

export function checkAtLeast(value: number | undefined, least: number, path: FieldPath, findings: Findings): void {
  if (value !== undefined && value < least) findings.error(path, `must be ${least} or more, is ${value}`)
}

/** An address, or a block such as `10.0.0.0/8`. */
export function checkIpBlock(value: string, path: FieldPath, findings: Findings): void {
  const problem = ipBlockProblem(value)
  if (problem !== null) findings.error(path, `${problem}, is ${JSON.stringify(value)}`)
}

export const HEADER_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/

export function checkHeaderName(name: string, path: FieldPath, findings: Findings): void {
  if (!HEADER_NAME.test(name)) findings.error(path, `must be the name of a header, is ${JSON.stringify(name)}`)
}
