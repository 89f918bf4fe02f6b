/**
 * Istio's `regex` is RE2 and must match the whole value. JavaScript has another dialect that can do more (lookaround, back-references) and
 * can therefore take exponential time. What RE2 refuses is refused here too, so that the same YAML means the same on a real Istio; what RE2
 * writes otherwise (`(?i)`, `(?P<name>…)`) is translated.
 */

/** Why a pattern cannot be used, or null where it can. */
export function regexProblem(source: string): string | null {
  const outsideClasses = source.replace(/\\./gs, (escape) => (/\\[1-9k]/.test(escape) ? '\u0001' : '\u0002'))
  if (outsideClasses.includes('\u0001')) return 'back-references are not part of RE2'
  if (/\(\?<?[=!]/.test(outsideClasses)) return 'lookahead and lookbehind are not part of RE2'
  if (/\[\[:\^?\w+:\]/.test(outsideClasses))
    return 'POSIX classes such as [[:alpha:]] are not supported here, write [A-Za-z]'
  if (/\\[pPAzQ]/.test(source)) return '\\p, \\A, \\z and \\Q are not supported here'
  try {
    toRegExp(source)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Compiles an RE2 pattern to one that matches whole values only. @throws SyntaxError that names the pattern */
export function compileRegex(source: string): RegExp {
  const problem = regexProblem(source)
  if (problem !== null) throw new SyntaxError(`regex ${JSON.stringify(source)}: ${problem}`)
  return toRegExp(source)
}

function toRegExp(source: string): RegExp {
  const flags = /^\(\?([is]+)\)/.exec(source)
  const body = (flags === null ? source : source.slice(flags[0].length)).replaceAll('(?P<', '(?<')
  return new RegExp(`^(?:${body})$`, [...new Set(flags?.[1] ?? '')].join(''))
}
