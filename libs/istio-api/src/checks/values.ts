/** Checks of single values that several kinds share; each reports at its field and says what would be right. */
import { ipBlockProblem, loadRegexEngine, regexProblem } from '@meshmart/mesh-policy'
import { isAddress } from '../address.ts'
import { parseDuration } from '../duration.ts'
import { hostProblem, isDnsLabel } from '../host.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'

// Whoever checks resources meets expressions sooner or later, and checks are synchronous.
await loadRegexEngine()

/** Istio's longest expression, in bytes. */
const MAX_REGEX = 1024

/** Nearly everywhere Istio asks for a millisecond at least. */
export function checkDuration(value: string | undefined, path: FieldPath, findings: Findings, atLeastMs = 1): void {
  if (value === undefined) return
  const milliseconds = parseDuration(value)
  if (milliseconds === null) {
    findings.error(path, `must be a duration such as 1s, 100ms or 1h, is ${JSON.stringify(value)}`)
  } else if (milliseconds < atLeastMs) {
    findings.error(path, `must be at least ${atLeastMs}ms, is ${value}`)
  }
}

/** @returns false where it is none */
export function checkHost(value: string, path: FieldPath, findings: Findings, wildcardAllowed = false): boolean {
  const problem = hostProblem(value, wildcardAllowed)
  if (problem !== null) findings.error(path, `${problem}, is ${JSON.stringify(value)}`)
  return problem === null
}

export function checkPort(value: number | undefined, path: FieldPath, findings: Findings): void {
  if (value !== undefined && (value < 1 || value > 65535)) {
    findings.error(path, `must be a port between 1 and 65535, is ${value}`)
  }
}

export function checkPortName(name: string, path: FieldPath, findings: Findings): void {
  if (!isDnsLabel(name)) findings.error(path, `must be a name such as tcp-db, is ${JSON.stringify(name)}`)
}

export interface WrittenStringMatch {
  readonly exact?: string
  readonly prefix?: string
  readonly regex?: string
}

/**
 * The schema has seen to it that there is at most one of the three.
 * @param emptyPrefixAllowed only the path may begin with anything
 */
export function checkStringMatch(
  match: WrittenStringMatch | undefined,
  path: FieldPath,
  findings: Findings,
  emptyPrefixAllowed = false,
): void {
  if (match?.prefix === '' && !emptyPrefixAllowed) findings.error([...path, 'prefix'], 'must not be empty')
  if (match?.regex !== undefined) checkRegex(match.regex, [...path, 'regex'], findings)
}

export function checkRegex(regex: string, path: FieldPath, findings: Findings): boolean {
  const problem = problemOfRegex(regex)
  if (problem !== null) findings.error(path, problem)
  return problem === null
}

function problemOfRegex(regex: string): string | null {
  if (regex === '') return 'must not be empty'
  if (byteLength(regex) > MAX_REGEX) return `must not be longer than ${MAX_REGEX} bytes`
  const problem = regexProblem(regex)
  return problem === null ? null : `must be a regular expression of RE2: ${problem}`
}

/** In UTF-8. */
export function byteLength(text: string): number {
  let bytes = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4
  }
  return bytes
}

/** 0 to 100, with fractions; Envoy counts in millionths. */
export function checkPercentage(value: number | undefined, path: FieldPath, findings: Findings): void {
  if (value === undefined || value === 0 || (value >= 0.0001 && value <= 100)) return
  findings.error(path, `must be 0 or between 0.0001 and 100, is ${value}`)
}

export function checkBetween(
  value: number | undefined,
  least: number,
  most: number,
  path: FieldPath,
  findings: Findings,
): void {
  if (value === undefined || (value >= least && value <= most)) return
  findings.error(path, `must be between ${least} and ${most}, is ${value}`)
}

export function checkAtLeast(value: number | undefined, least: number, path: FieldPath, findings: Findings): void {
  if (value !== undefined && value < least) findings.error(path, `must be ${least} or more, is ${value}`)
}

/** An address, or a block such as `10.0.0.0/8`. */
export function checkIpBlock(value: string, path: FieldPath, findings: Findings): void {
  const problem = ipBlockProblem(value)
  if (problem !== null) findings.error(path, `${problem}, is ${JSON.stringify(value)}`)
}

export function checkAddress(value: string, path: FieldPath, findings: Findings): void {
  if (!isAddress(value)) findings.error(path, `must be an IP address, is ${JSON.stringify(value)}`)
}

export const HEADER_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/

export function checkHeaderName(name: string, path: FieldPath, findings: Findings): void {
  if (!HEADER_NAME.test(name)) findings.error(path, `must be the name of a header, is ${JSON.stringify(name)}`)
}

export function checkNotEmpty(values: readonly string[] | undefined, path: FieldPath, findings: Findings): void {
  for (const [index, value] of (values ?? []).entries()) {
    if (value === '') findings.error([...path, index], 'must not be empty')
  }
}

/** Each of the second and later ones that say the same is reported. */
export function checkUnique<T extends string | number>(
  values: readonly T[],
  pathOf: (index: number) => FieldPath,
  findings: Findings,
): void {
  const seen = new Set<T>()
  for (const [index, value] of values.entries()) {
    if (seen.has(value)) findings.error(pathOf(index), `must be unique, ${value} is there twice`)
    seen.add(value)
  }
}

/** `unix:///var/run/my.sock`, or `unix://@abstract`. @param rest behind `unix://` */
export function unixPathProblem(rest: string): string | null {
  if (rest.startsWith('@')) return null
  return rest.startsWith('/') && !rest.endsWith('/') ? null : 'must be the absolute path of a socket behind unix://'
}
export const UNIX = 'unix://'
