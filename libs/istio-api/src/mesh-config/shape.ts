/** Shape of a document that no schema of Istio's is at hand for: types are errors, fields that are not read are warnings. */
import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'

export type Shape =
  | 'text'
  | 'number'
  | 'decimal'
  | 'boolean'
  /** An object whose fields are nobody's business here. */
  | 'object'
  | { readonly oneOf: readonly string[] }
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly fields: Readonly<Record<string, Shape>>; readonly required?: readonly string[] }

/** What is said of a field that the shape does not name. */
export type ReportUnknown = (path: FieldPath, known: readonly string[], findings: Findings) => void

/** @returns false where there was an error */
export function checkShape(
  value: unknown,
  shape: Shape,
  path: FieldPath,
  findings: Findings,
  reportUnknown: ReportUnknown = warnOfUnread,
): boolean {
  if (value === null || value === undefined) return true
  const problem = problemOf(value, shape)
  if (problem !== null) {
    findings.error(path, problem)
    return false
  }
  if (typeof shape === 'string' || 'oneOf' in shape) return true
  const check = (child: unknown, of: Shape, step: string | number) =>
    checkShape(child, of, [...path, step], findings, reportUnknown)
  if (Array.isArray(value)) {
    return !('list' in shape) || value.map((entry, index) => check(entry, shape.list, index)).every(Boolean)
  }
  const entries = Object.entries(value)
  if ('map' in shape) return entries.map(([key, child]) => check(child, shape.map, key)).every(Boolean)
  if (!('fields' in shape)) return true
  const fine = entries.map(([key, child]) => {
    const known = Object.hasOwn(shape.fields, key) ? shape.fields[key] : undefined
    if (known !== undefined) return check(child, known, key)
    reportUnknown([...path, key], Object.keys(shape.fields), findings)
    return true
  })
  const missing = (shape.required ?? []).filter((key) => !Object.hasOwn(value, key))
  for (const key of missing) findings.error(path, `needs the field ${key}`)
  return fine.every(Boolean) && missing.length === 0
}

function warnOfUnread(path: FieldPath, _known: readonly string[], findings: Findings): void {
  findings.warning(path, `${path.at(-1)} has no effect in this version of the mesh; remove it here`)
}

function problemOf(value: unknown, shape: Shape): string | null {
  const wanted = wantedOf(shape)
  if (wanted.fits(value)) return null
  const is = Array.isArray(value) ? 'a list' : typeof value === 'object' ? 'an object' : JSON.stringify(value)
  return `must be ${wanted.words}, is ${is}`
}

function wantedOf(shape: Shape): { words: string; fits: (value: unknown) => boolean } {
  if (shape === 'text') return { words: 'a string', fits: (value) => typeof value === 'string' }
  if (shape === 'number') return { words: 'an integer', fits: Number.isInteger }
  if (shape === 'decimal') return { words: 'a number', fits: (value) => typeof value === 'number' }
  if (shape === 'boolean') return { words: 'true or false', fits: (value) => typeof value === 'boolean' }
  if (shape !== 'object' && 'oneOf' in shape) {
    return {
      words: `one of ${shape.oneOf.join(', ')}`,
      fits: (value) => typeof value === 'string' && shape.oneOf.includes(value),
    }
  }
  if (shape !== 'object' && 'list' in shape) return { words: 'a list', fits: Array.isArray }
  return { words: 'an object', fits: (value) => typeof value === 'object' && value !== null && !Array.isArray(value) }
}
