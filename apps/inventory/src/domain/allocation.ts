/**
 * From which warehouse an order is served. The rule is the same for everybody and at any time, so that staff can foresee it:
 *   1. one parcel: the first warehouse, in the order of their places, that has all lines;
 *   2. else line by line: the first warehouse that has the whole line;
 *   3. else the line is split: each warehouse gives what it has, in the order of places, until the line is full.
 */
export interface PlacedStock {
  readonly warehouse: string
  readonly available: number
}
export interface WantedLine {
  readonly sku: string
  readonly quantity: number
}
export interface Allocation extends WantedLine {
  readonly warehouse: string
}

/**
 * @param stock by SKU, in the order of the warehouses' places
 * @throws RangeError where a line wants more than all warehouses have together: the caller has looked before
 */
export function allocate(
  lines: readonly WantedLine[],
  stock: ReadonlyMap<string, readonly PlacedStock[]>,
): Allocation[] {
  const has = ({ sku, quantity }: WantedLine, warehouse: string): boolean =>
    (stock.get(sku) ?? []).some((place) => place.warehouse === warehouse && place.available >= quantity)
  const [first] = lines
  const warehouses = first === undefined ? [] : (stock.get(first.sku) ?? []).map(({ warehouse }) => warehouse)
  const forAll = warehouses.find((warehouse) => lines.every((line) => has(line, warehouse)))
  return lines.flatMap((line) => {
    const whole = forAll ?? stock.get(line.sku)?.find(({ warehouse }) => has(line, warehouse))?.warehouse
    return whole === undefined ? split(line, stock.get(line.sku) ?? []) : [{ ...line, warehouse: whole }]
  })
}

function split({ sku, quantity }: WantedLine, places: readonly PlacedStock[]): Allocation[] {
  let missing = quantity
  const parts: Allocation[] = []
  for (const { warehouse, available } of places) {
    const taken = Math.min(missing, Math.max(available, 0))
    if (taken > 0) parts.push({ sku, warehouse, quantity: taken })
    missing -= taken
  }
  if (missing > 0) throw new RangeError(`${sku}: ${missing} of ${quantity} are nowhere`)
  return parts
}
