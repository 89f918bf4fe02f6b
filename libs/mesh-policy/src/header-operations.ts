/**
 * Header operations in Envoy's order: what is removed goes first, so that it can be set again; then `set`, then `add`. Values are Envoy's format
 * strings, parsed when the snapshot arrives. A value that comes out empty is not written (`keep_empty_value` is off in Istio).
 * Source: Envoy's "Custom request/response headers" and source/common/router/header_parser.cc.
 */
import { prepareFormat, type FormattedValue, type ValueSource } from './header-format.ts'
import type { FieldOperations } from './snapshot.ts'

export interface FieldTarget {
  setHeader(name: string, value: string): void
  addHeader(name: string, value: string): void
  removeHeader(name: string): void
}

/** Steps in the order in which they are done; made by `prepareOperations`. */
export type PreparedOperations = readonly Operation[]

interface Operation {
  readonly kind: 'remove' | 'set' | 'add'
  readonly name: string
  /** Null where the value depends on the request. */
  readonly constant: string | null
  readonly value: FormattedValue | null
}

/**
 * Several levels as one list. All removals of `merged` levels go before all of their additions, as Istio writes a single destination into its
 * route. Null where there is nothing to do.
 * @throws SyntaxError that names the field
 */
export function prepareOperations(...merged: readonly (FieldOperations | undefined)[]): PreparedOperations | null {
  const levels = merged.filter((level) => level !== undefined)
  const operations = [
    ...levels.flatMap((level) =>
      (level.remove ?? []).filter(isOwnField).map((name) => toOperation('remove', name, '')),
    ),
    ...levels.flatMap((level) => [...additions('set', level.set), ...additions('add', level.add)]),
  ]
  return operations.length === 0 ? null : operations
}

/** Lists one after the other: Envoy does a weighted destination's operations before those of its route. */
export function joinOperations(
  first: PreparedOperations | null,
  then: PreparedOperations | null,
): PreparedOperations | null {
  if (first === null || then === null) return first ?? then
  return [...first, ...then]
}

export function applyOperations(operations: PreparedOperations, target: FieldTarget, source: ValueSource): void {
  for (const { kind, name, constant, value } of operations) {
    if (kind === 'remove') {
      target.removeHeader(name)
      continue
    }
    const text = constant ?? value?.write(source) ?? ''
    if (text === '') continue
    if (kind === 'set') target.setHeader(name, text)
    else target.addHeader(name, text)
  }
}

function additions(kind: 'set' | 'add', fields: Readonly<Record<string, string>> | undefined): Operation[] {
  const names = Object.keys(fields ?? {})
    .filter(isOwnField)
    .toSorted()
  return names.map((name) => toOperation(kind, name, fields?.[name] ?? ''))
}

function toOperation(kind: Operation['kind'], name: string, text: string): Operation {
  try {
    const value = prepareFormat(text)
    const lowerCase = name.toLowerCase()
    return typeof value === 'string'
      ? { kind, name: lowerCase, constant: value, value: null }
      : { kind, name: lowerCase, constant: null, value }
  } catch (error) {
    throw new SyntaxError(`header ${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error })
  }
}

/** Istio leaves out pseudo-fields and `host`: the authority is changed by a rewrite. */
function isOwnField(name: string): boolean {
  return !name.startsWith(':') && name.toLowerCase() !== 'host'
}
