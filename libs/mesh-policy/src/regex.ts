/**
 * Istio's `regex` is RE2 and must match the whole value. JavaScript's own expressions speak another dialect, and they backtrack: a pattern that is harmless
 * in RE2, such as `(a+)+`, takes exponential time there, on a value that whoever sends the request can choose. re2js is RE2 in JavaScript: what RE2 refuses
 * is refused, and a match takes time proportional to the value. It costs 7 to 12 MB of memory and most processes never see an expression, so that it is
 * loaded only by those who do, before they compile one.
 */
import type { RE2JS } from 're2js'

/** A matcher of whole values. */
export interface RegexMatcher {
  matches(value: string): boolean
}

/** Envoy's `RegexMatchAndSubstitute`: every part that fits is replaced; `\1` stands for a group, `\0` for the whole part, `\\` for a backslash. */
export interface Substitution {
  replaceAll(value: string): string
}

let engine: typeof RE2JS | null = null

/** To be awaited before anything that may hold an expression is checked or prepared; the second time costs nothing. */
export async function loadRegexEngine(): Promise<void> {
  if (engine !== null) return
  const loaded = await import('re2js')
  engine = loaded.RE2JS
}

/**
 * Whether a snapshot may hold an expression, told from its JSON: `StringMatch.kind` is `"regex"`, a rewrite's key is `"uriRegex"`, and neither is ever
 * written otherwise. A value that happens to be the word "regex" loads the engine for nothing; what holds an expression is never missed.
 */
export function needsRegexEngine(snapshot: string): boolean {
  return snapshot.includes('"regex"') || snapshot.includes('"uriRegex"')
}

/** Why a pattern cannot be used, or null where it can. @throws Error where the engine is not loaded */
export function regexProblem(source: string): string | null {
  return problemOf(loadedEngine(), (RE2) => RE2.compile(source))
}

/** Why a substitution cannot be used with its pattern, or null where it can. @throws Error where the engine is not loaded */
export function substitutionProblem(pattern: string, substitution: string): string | null {
  return problemOf(loadedEngine(), (RE2) => parseSubstitution(substitution, RE2.compile(pattern).groupCount()))
}

/** @throws SyntaxError that names the pattern; Error where the engine is not loaded */
export function compileRegex(source: string): RegexMatcher {
  return compileNamed(source)
}

/** @throws SyntaxError where the pattern is not RE2, or the substitution names a group that is not there; Error where the engine is not loaded */
export function compileSubstitution(pattern: string, substitution: string): Substitution {
  const regex = compileNamed(pattern)
  return new Replacement(regex, parseSubstitution(substitution, regex.groupCount()))
}

/** Text, or the number of a group. */
type Piece = string | number

class Replacement implements Substitution {
  readonly #regex: RE2JS
  readonly #pieces: readonly Piece[]

  constructor(regex: RE2JS, pieces: readonly Piece[]) {
    this.#regex = regex
    this.#pieces = pieces
  }

  /** As RE2's `GlobalReplace`, and unlike JavaScript: an empty match right behind another match does not count. */
  replaceAll(value: string): string {
    let written = ''
    let copied = 0
    let lastEnd = -1
    const found = this.#regex.matcher(value)
    while (found.find()) {
      const end = found.end()
      if (end === lastEnd) continue
      written += value.slice(copied, found.start())
      for (const piece of this.#pieces) written += typeof piece === 'string' ? piece : (found.group(piece) ?? '')
      copied = lastEnd = end
    }
    return written + value.slice(copied)
  }
}

function parseSubstitution(substitution: string, groups: number): Piece[] {
  return (substitution.match(/\\[^]?|[^\\]+/g) ?? []).map((piece) => {
    if (!piece.startsWith('\\')) return piece
    if (piece === '\\\\') return '\\'
    if (!/^\\[0-9]$/.test(piece)) throw new SyntaxError('\\ must be followed by a digit or by another \\')
    const group = Number(piece.slice(1))
    if (group > groups) throw new SyntaxError(`${piece}: the expression has ${groups} groups`)
    return group
  })
}

function loadedEngine(): typeof RE2JS {
  if (engine === null) throw new Error('the engine of regular expressions is not loaded: loadRegexEngine() comes first')
  return engine
}

function compileNamed(source: string): RE2JS {
  const RE2 = loadedEngine()
  try {
    return RE2.compile(source)
  } catch (error) {
    throw new SyntaxError(`regex ${JSON.stringify(source)}: ${reasonOf(error)}`, { cause: error })
  }
}

function problemOf(RE2: typeof RE2JS, compile: (RE2: typeof RE2JS) => unknown): string | null {
  try {
    compile(RE2)
    return null
  } catch (error) {
    return reasonOf(error)
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
