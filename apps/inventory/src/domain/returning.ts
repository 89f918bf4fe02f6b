/**
 * Where the pieces go that come back: to the warehouses that they were sold from, the first one in the order of places first. What is out is
 * sold, and not back yet.
 */
import type { Allocation, WantedLine } from './allocation.ts'

export const countOf = (sku: string, pieces: readonly WantedLine[]): number =>
  pieces.reduce((sum, piece) => sum + (piece.sku === sku ? piece.quantity : 0), 0)

/**
 * @param out in the order of places
 * @throws RangeError where a line wants more back than is out: the caller has looked before
 */
export function planReturn(lines: readonly WantedLine[], out: readonly Allocation[]): Allocation[] {
  return lines.flatMap(({ sku, quantity }) => {
    let missing = quantity
    const parts: Allocation[] = []
    for (const place of out) {
      const taken = place.sku === sku ? Math.min(missing, place.quantity) : 0
      if (taken > 0) parts.push({ ...place, quantity: taken })
      missing -= taken
    }
    if (missing > 0) throw new RangeError(`${sku}: ${missing} of ${quantity} are not out`)
    return parts
  })
}
