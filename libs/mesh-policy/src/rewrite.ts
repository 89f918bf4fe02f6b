/**
 * What the upstream is asked for instead. As in Envoy a prefix rewrite puts its text in the place of exactly what matched: `/api/` → `/` is
 * what people mean, `/api` → `/` turns `/api/x` into `//x`; and where a match names no uri, Istio matches the prefix `/`. The query stays.
 */
import { compileSubstitution, type Substitution } from './regex.ts'
import type { Rewrite, RouteMatch } from './snapshot.ts'

export interface PreparedRewrite {
  /** Null where the path stays. */
  readonly uri: string | null
  /** How much of the path `uri` replaces; -1 is all of it. */
  readonly matchedLength: number
  readonly uriRegex: Substitution | null
  /** Null where the authority stays. */
  readonly authority: string | null
}

/** @param match the alternative that fits; undefined for a route without any @throws SyntaxError where the regular expression is not RE2 */
export function prepareRewrite(rewrite: Rewrite, match: RouteMatch | undefined): PreparedRewrite {
  const { uri, uriRegex, authority } = rewrite
  return {
    // Istio asks for the expression first.
    uri: uriRegex !== undefined || uri === undefined || uri === '' ? null : uri,
    matchedLength: matchedLength(match?.uri),
    uriRegex: uriRegex === undefined ? null : compileSubstitution(uriRegex.match, uriRegex.rewrite),
    authority: authority === undefined || authority === '' ? null : authority,
  }
}

/** @param target path and query @returns a target that begins with a slash, whatever was written */
export function rewriteTarget(rewrite: PreparedRewrite, target: string): string {
  // `OPTIONS *` has no path.
  if (target.charCodeAt(0) !== 0x2f) return target
  if (rewrite.uriRegex !== null) {
    const question = target.indexOf('?')
    if (question === -1) return rooted(rewrite.uriRegex.replaceAll(target))
    return rooted(rewrite.uriRegex.replaceAll(target.slice(0, question)) + target.slice(question))
  }
  if (rewrite.uri === null) return target
  if (rewrite.matchedLength !== -1) return rooted(rewrite.uri + target.slice(rewrite.matchedLength))
  const question = target.indexOf('?')
  return rooted(question === -1 ? rewrite.uri : rewrite.uri + target.slice(question))
}

function matchedLength(uri: RouteMatch['uri']): number {
  if (uri === undefined) return 1
  return uri.kind === 'prefix' ? uri.value.length : -1
}

function rooted(target: string): string {
  return target.charCodeAt(0) === 0x2f ? target : `/${target}`
}
