/** Zod's issues in the closed vocabulary of field codes, so that every service and the browser call the same mistake by the same name. */
import type { FieldProblem } from './problem-exception.ts'

/** What a Standard Schema issue is when zod made it. */
export interface ValidationIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
  readonly code?: string | undefined
  readonly keys?: readonly string[] | undefined
  readonly params?: Readonly<Record<string, unknown>> | undefined
}

const codeOfIssue: Readonly<Record<string, string>> = {
  invalid_type: 'type',
  too_small: 'too-small',
  too_big: 'too-big',
  invalid_format: 'format',
  not_multiple_of: 'format',
  invalid_value: 'choice',
  invalid_union: 'choice',
}

/** `value` is what was validated: only it tells a missing field from one of the wrong type. `parent` is the name of the parameter, or empty; a body that is wrong as a whole is `body`. */
export function fieldErrorsOf(issues: readonly ValidationIssue[], value: unknown, parent = ''): FieldProblem[] {
  const named = new Set<string>()
  const found = issues.flatMap((issue): FieldProblem[] => {
    const path = (issue.path ?? []).map((segment) => String(typeof segment === 'object' ? segment.key : segment))
    const field = (...more: string[]): string => [...(parent ? [parent] : []), ...path, ...more].join('.') || 'body'
    if (issue.code === 'unrecognized_keys') {
      return (issue.keys ?? []).map((key) => ({ field: field(key), code: 'unknown' }))
    }
    if (valueAt(value, path) === undefined) return [{ field: field(), code: 'required' }]
    const own = issue.params?.['code']
    return [{ field: field(), code: typeof own === 'string' ? own : (codeOfIssue[issue.code ?? ''] ?? 'invalid') }]
  })
  // One word for each field: what follows from the first mistake only confuses.
  return found.filter(({ field }) => !named.has(field) && named.add(field))
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  let at = value
  for (const key of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, key)) return undefined
    at = (at as Record<string, unknown>)[key]
  }
  return at
}
