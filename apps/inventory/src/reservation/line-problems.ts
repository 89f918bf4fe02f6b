/** What can be wrong with the lines of a reservation or of a return, with the path of the field in the request. */
import type { ReservationRequest } from '@meshmart/contracts'
import type { FieldProblem } from '@meshmart/service-kit'
import type { Allocation } from '../domain/allocation.ts'
import { countOf } from '../domain/returning.ts'

type Lines = ReservationRequest['lines']
type Available = ReadonlyMap<string, { readonly available: number }>

export const duplicateSkus = (lines: Lines): FieldProblem[] =>
  lines.flatMap(({ sku }, index) =>
    lines.findIndex((line) => line.sku === sku) < index ? [{ field: `lines.${index}.sku`, code: 'duplicate-sku' }] : [],
  )

export const unknownSkus = (
  lines: readonly { readonly sku: string }[],
  known: Pick<ReadonlySet<string>, 'has'>,
): FieldProblem[] =>
  lines.flatMap(({ sku }, index) => (known.has(sku) ? [] : [{ field: `lines.${index}.sku`, code: 'unknown-sku' }]))

export const soldOutLines = (lines: Lines, stock: Available): FieldProblem[] =>
  lines.flatMap(({ sku, quantity }, index) =>
    (stock.get(sku)?.available ?? 0) < quantity ? [{ field: `lines.${index}.quantity`, code: 'sold-out' }] : [],
  )

/** @param out what was sold and is not back yet */
export const beyondOut = (lines: Lines, out: readonly Allocation[]): FieldProblem[] =>
  lines.flatMap(({ sku, quantity }, index) =>
    quantity > countOf(sku, out) ? [{ field: `lines.${index}.quantity`, code: 'more-than-kept' }] : [],
  )
