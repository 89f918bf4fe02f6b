/** Where the fields of a plain document stand: of a map its keys, of a list its entries, each with its line and column from 1. */
import type { FieldPath, Position } from '../resource.ts'

export class PlainPlaces {
  readonly #of = new Map<object, Map<string | number, Position>>()
  /** Of the document's first field. */
  #root: Position = { line: 1, column: 1 }

  startAt(line: number, column: number): void {
    this.#root = { line, column }
  }

  note(container: object, step: string | number, line: number, column: number): void {
    const places = this.#of.get(container)
    const place = { line, column }
    if (places === undefined) this.#of.set(container, new Map([[step, place]]))
    else places.set(step, place)
  }

  /** Place of a field, or of the nearest parent that is there. */
  locate(data: unknown, path: FieldPath): Position {
    let place = this.#root
    let node = data
    for (const step of path) {
      if (typeof node !== 'object' || node === null) break
      const places = this.#of.get(node)
      const next = places?.get(Array.isArray(node) ? step : String(step))
      if (next === undefined) break
      place = next
      node = Reflect.get(node, step)
    }
    return place
  }
}
