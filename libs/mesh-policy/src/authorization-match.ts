/**
 * String forms of AuthorizationPolicy, prepared once: exact, `prefix*`, `*suffix`, `*` (anything that is there), and for paths the templates
 * `{*}` (one segment) and `{**}` (any number, at the end). Source: Istio's AuthorizationPolicy reference, "Rule.To" and "Operation".
 */

export type ValueTest = (value: string) => boolean

/** @param ignoreCase for hosts */
export function prepareValueTest(pattern: string, ignoreCase = false): ValueTest {
  if (ignoreCase) {
    const test = prepareValueTest(pattern.toLowerCase())
    return (value) => test(value.toLowerCase())
  }
  if (pattern === '*') return (value) => value !== ''
  if (pattern.startsWith('*')) return (value) => value.endsWith(pattern.slice(1))
  if (pattern.endsWith('*')) return (value) => value.startsWith(pattern.slice(0, -1))
  return (value) => value === pattern
}

/** @throws SyntaxError where a path template is not well formed */
export function preparePathTest(pattern: string): ValueTest {
  if (!/[{}]/.test(pattern)) return prepareValueTest(pattern)
  const problem = pathTemplateProblem(pattern)
  if (problem !== null) throw new SyntaxError(`path ${JSON.stringify(pattern)}: ${problem}`)
  const segments = pattern.split('/').map((segment) => {
    if (segment === '{*}') return '[^/]+'
    return segment === '{**}' ? '.*' : segment.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  })
  const whole = new RegExp(`^${segments.join('/')}$`, 's')
  return (path) => whole.test(path)
}

/** Why a path with braces is no template, or null where it is one. */
export function pathTemplateProblem(pattern: string): string | null {
  if (!/[{}]/.test(pattern)) return null
  const segments = pattern.split('/')
  for (const [index, segment] of segments.entries()) {
    if (segment === '{**}' && index !== segments.length - 1) return '{**} must be the last segment'
    if (segment === '{*}' || segment === '{**}') continue
    if (/[{}*]/.test(segment)) return 'a segment of a template is plain text, {*} or {**}'
  }
  return null
}

/** One of the patterns fits. */
export function prepareAnyOf(patterns: readonly string[], prepare: (pattern: string) => ValueTest): ValueTest {
  const tests = patterns.map(prepare)
  return (value) => tests.some((test) => test(value))
}
