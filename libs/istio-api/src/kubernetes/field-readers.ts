/**
 * Reads the few fields that matter here out of Kubernetes objects. Kubernetes' own schemas are not at hand and are Kubernetes' business: fields
 * that nobody reads here are passed over, but one that is read must have its type, because a port that is a word would be compared in vain.
 */
import { isRecord } from '../metadata.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'

/** @returns undefined where the field is missing, null, or of the wrong type; the last one is a finding */
export type FieldReader<T> = (value: unknown, path: FieldPath, findings: Findings) => T | undefined
export type ReadBy<R> = R extends FieldReader<infer T> ? T : never

function scalar<T>(words: string, fits: (value: unknown) => value is T): FieldReader<T> {
  return (value, path, findings) => {
    if (value === undefined || value === null) return undefined
    if (fits(value)) return value
    findings.error(path, `must be ${words}, is ${describe(value)}`)
    return undefined
  }
}
export const text = scalar('a string', (value) => typeof value === 'string')
export const integer = scalar('an integer', (value): value is number => Number.isInteger(value))
export const truth = scalar('a boolean', (value) => typeof value === 'boolean')
export const integerOrText = scalar(
  'an integer or a string',
  (value): value is number | string => typeof value === 'string' || Number.isInteger(value),
)

export function list<T>(each: FieldReader<T>): FieldReader<readonly T[]> {
  return (value, path, findings) => {
    if (value === undefined || value === null) return undefined
    if (!Array.isArray(value)) {
      findings.error(path, `must be a list, is ${describe(value)}`)
      return undefined
    }
    return value.flatMap((entry, index) => each(entry, [...path, index], findings) ?? [])
  }
}

export function map<T>(each: FieldReader<T>): FieldReader<Readonly<Record<string, T>>> {
  return (value, path, findings) => {
    const record = recordAt(value, path, findings)
    if (record === undefined) return undefined
    const read: Record<string, T> = {}
    for (const [key, child] of Object.entries(record)) {
      const one = each(child, [...path, key], findings)
      if (one !== undefined) Object.defineProperty(read, key, { value: one, enumerable: true })
    }
    return read
  }
}

/** Names of a map's entries, for what must not be read itself, such as the values of a Secret. */
export const keys: FieldReader<readonly string[]> = (value, path, findings) => {
  const record = recordAt(value, path, findings)
  return record === undefined ? undefined : Object.keys(record)
}

type Fields = Readonly<Record<string, FieldReader<unknown>>>
export type ReadFields<F extends Fields> = { readonly [K in keyof F]?: ReadBy<F[K]> }

export function fields<F extends Fields>(readers: F): FieldReader<ReadFields<F>> {
  return (value, path, findings) => {
    const record = recordAt(value, path, findings)
    if (record === undefined) return undefined
    const read = Object.entries(readers).flatMap(([key, reader]) => {
      const one = Object.hasOwn(record, key) ? reader(record[key], [...path, key], findings) : undefined
      return one === undefined ? [] : [[key, one]]
    })
    // Each entry was made by the reader of its name, which is what makes this assertion true.
    return Object.fromEntries(read) as ReadFields<F>
  }
}

function recordAt(value: unknown, path: FieldPath, findings: Findings): Record<string, unknown> | undefined {
  if (value === undefined || value === null) return undefined
  if (isRecord(value)) return value
  findings.error(path, `must be an object, is ${describe(value)}`)
  return undefined
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : JSON.stringify(value)
}
