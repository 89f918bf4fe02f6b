/** Field lines of a request that has not been sent, for everything that reads or changes them. */
import type { FieldTarget } from '@meshmart/mesh-policy'

export class Fields implements FieldTarget {
  readonly #lines: [name: string, value: string][]

  constructor(lines: readonly (readonly [name: string, value: string])[]) {
    this.#lines = lines.map(([name, value]) => [name.toLowerCase(), value])
  }

  /** Of several lines with commas between them (RFC 9110, 5.3). */
  get(name: string): string | undefined {
    const values = this.#lines.filter(([each]) => each === name).map(([, value]) => value)
    return values.length === 0 ? undefined : values.join(',')
  }

  setHeader(name: string, value: string): void {
    this.removeHeader(name)
    this.#lines.push([name.toLowerCase(), value])
  }

  addHeader(name: string, value: string): void {
    this.#lines.push([name.toLowerCase(), value])
  }

  removeHeader(name: string): void {
    const wanted = name.toLowerCase()
    for (let index = this.#lines.length - 1; index >= 0; index--)
      if (this.#lines[index]?.[0] === wanted) this.#lines.splice(index, 1)
  }

  toRecord(): Record<string, string> {
    return Object.fromEntries(this.#lines.map(([name]) => [name, this.get(name) ?? '']))
  }
}
