/**
 * String forms of AuthorizationPolicy, prepared once: exact, `prefix*`, `*suffix`, `*` (anything that is there), and for paths the templates
 * `{*}` (one segment) and `{**}` (any number; the last operator, though text may follow it). Exact values are looked up in a set.
 * Source: Istio's AuthorizationPolicy reference, "Rule.To" and "Operation".
 */

export type ValueTest = (value: string) => boolean

export function prepareValueTest(pattern: string): ValueTest {
  if (pattern === '*') return (value) => value !== ''
  if (pattern.startsWith('*')) {
    const suffix = pattern.slice(1)
    return (value) => value.endsWith(suffix)
  }
  if (pattern.endsWith('*')) {
    const prefix = pattern.slice(0, -1)
    return (value) => value.startsWith(prefix)
  }
  return (value) => value === pattern
}

/** One of the patterns fits. @param prepare for those that are not exact */
export function prepareAnyOf(
  patterns: readonly string[],
  prepare: (pattern: string) => ValueTest = prepareValueTest,
): ValueTest {
  const exact = patterns.filter((pattern) => !/[*{}]/.test(pattern))
  const others = patterns.filter((pattern) => /[*{}]/.test(pattern)).map((pattern) => prepare(pattern))
  const [only] = exact
  if (others.length === 0 && exact.length === 1 && only !== undefined) return (value) => value === only
  const [single] = others
  if (exact.length === 0 && others.length === 1 && single !== undefined) return single
  const values = new Set(exact)
  if (others.length === 0) return (value) => values.has(value)
  return (value) => {
    if (values.has(value)) return true
    for (const test of others) if (test(value)) return true
    return false
  }
}

/** @throws SyntaxError where a path template is not well formed */
export function preparePathTest(pattern: string): ValueTest {
  if (!/[{}]/.test(pattern)) return prepareValueTest(pattern)
  const problem = pathTemplateProblem(pattern)
  if (problem !== null) throw new SyntaxError(`path ${JSON.stringify(pattern)}: ${problem}`)
  return new PathTemplate(pattern).test
}

/** Why a path with braces is no template, or null where it is one. */
export function pathTemplateProblem(pattern: string): string | null {
  if (!/[{}]/.test(pattern)) return null
  if (!pattern.startsWith('/')) return 'a template begins with a slash'
  const segments = pattern.split('/')
  const operators = segments.filter((segment) => segment === '{*}' || segment === '{**}')
  if (operators.indexOf('{**}') !== -1 && operators.indexOf('{**}') !== operators.length - 1) {
    return '{**} must be the last operator'
  }
  const isPlain = (segment: string): boolean => segment === '{*}' || segment === '{**}' || !/[{}*]/.test(segment)
  return segments.every(isPlain) ? null : 'a segment of a template is plain text, {*} or {**}'
}

/** Walks a path piece by piece: text, then one segment that is not empty. No expression, so nothing to be slow at. */
class PathTemplate {
  /** Text before, between and after the `{*}`, up to the `{**}`. */
  readonly #texts: readonly string[]
  /** Text after the `{**}`; null where there is none. */
  readonly #tail: string | null

  constructor(pattern: string) {
    const rest = pattern.indexOf('{**}')
    this.#texts = (rest === -1 ? pattern : pattern.slice(0, rest)).split('{*}')
    this.#tail = rest === -1 ? null : pattern.slice(rest + '{**}'.length)
  }

  readonly test = (path: string): boolean => {
    let position = 0
    for (let index = 0; index < this.#texts.length; index++) {
      if (index !== 0) {
        const slash = path.indexOf('/', position)
        const end = slash === -1 ? path.length : slash
        if (end === position) return false
        position = end
      }
      const text = this.#texts[index] ?? ''
      if (!path.startsWith(text, position)) return false
      position += text.length
    }
    if (this.#tail === null) return position === path.length
    return path.length - position >= this.#tail.length && path.endsWith(this.#tail)
  }
}
