/**
 * The field lines of one head as the text that came. A map of names would have to be built for every message and be written out again; here a line that nobody
 * touches is never looked at twice, and an untouched head is written as one slice of what was read.
 */
import { isFieldValue, isToken, sameName, trimmed } from './grammar.ts'

/** Where a line is in the text: its start, its colon, its end behind CRLF. A start of -1: removed. */
export const MARKS = 3

export class FieldLines {
  readonly #text: string
  readonly #marks: number[]
  /** Lines that came later: name, value, name, value. */
  #added: string[] | null
  /** Whether the lines of the text are no longer, or never were, one piece without gaps. */
  #gaps: boolean

  /**
   * For the parser alone, which has checked the text.
   * @param marks three numbers a line: start of the name, position of the colon, end behind CRLF
   * @param gaps whether lines between the first and the last mark are left out
   */
  constructor(text: string, marks: number[], gaps: boolean) {
    this.#text = text
    this.#marks = marks
    this.#added = null
    this.#gaps = gaps
  }

  /**
   * @param flat name, value, name, value
   * @throws TypeError naming the field whose name or value is illegal (RFC 9110 5.1, 5.5)
   */
  static of(flat: readonly string[]): FieldLines {
    const lines = new FieldLines('', [], false)
    for (let index = 0; index < flat.length; index += 2) lines.add(flat[index] ?? '', flat[index + 1] ?? '')
    return lines
  }

  /** @param name in lower case. @returns the first line's value, without white space around it */
  get(name: string): string | undefined {
    const marks = this.#marks
    const text = this.#text
    const size = name.length
    for (let index = 0; index < marks.length; index += MARKS) {
      const start = marks[index]!
      if (marks[index + 1]! - start === size && start >= 0 && sameName(text, start, name)) return this.#value(index)
    }
    const added = this.#added
    if (added === null) return undefined
    for (let index = 0; index < added.length; index += 2) {
      const other = added[index]!
      if (other.length === size && sameName(other, 0, name)) return added[index + 1]
    }
    return undefined
  }

  /** @param name in lower case */
  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  /** @param name in lower case. @returns the value of every line of that name, in their order */
  all(name: string): string[] {
    const found: string[] = []
    const marks = this.#marks
    for (let index = 0; index < marks.length; index += MARKS) if (this.#is(index, name)) found.push(this.#value(index))
    const added = this.#added
    if (added === null) return found
    for (let index = 0; index < added.length; index += 2) {
      const other = added[index]!
      if (other.length === name.length && sameName(other, 0, name)) found.push(added[index + 1]!)
    }
    return found
  }

  /** @param name in lower case. @returns all values joined with ", " (RFC 9110 5.3) */
  combined(name: string): string | undefined {
    const all = this.all(name)
    return all.length === 0 ? undefined : all.length === 1 ? all[0] : all.join(', ')
  }

  /** Replaces every line of that name by one. @throws TypeError as {@link of} */
  set(name: string, value: string): void {
    check(name, value)
    this.remove(name)
    this.#push(name, value)
  }

  /** One more line, behind all others. @throws TypeError as {@link of} */
  add(name: string, value: string): void {
    check(name, value)
    this.#push(name, value)
  }

  remove(name: string): void {
    const lower = name.toLowerCase()
    const marks = this.#marks
    for (let index = 0; index < marks.length; index += MARKS) {
      if (!this.#is(index, lower)) continue
      marks[index] = -1
      this.#gaps = true
    }
    const added = this.#added
    if (added === null) return
    for (let index = added.length - 2; index >= 0; index -= 2) {
      const other = added[index]!
      if (other.length === lower.length && sameName(other, 0, lower)) added.splice(index, 2)
    }
  }

  /** In one pass. @param names in lower case */
  removeAll(names: readonly string[]): void {
    const marks = this.#marks
    for (let index = 0; index < marks.length; index += MARKS) {
      if (!this.#isOneOf(index, names)) continue
      marks[index] = -1
      this.#gaps = true
    }
    const added = this.#added
    if (added === null) return
    for (let index = added.length - 2; index >= 0; index -= 2)
      if (names.includes(added[index]!.toLowerCase())) added.splice(index, 2)
  }

  /** The names as they came, the values without white space around them. */
  forEach(visit: (name: string, value: string) => void): void {
    const marks = this.#marks
    for (let index = 0; index < marks.length; index += MARKS) {
      const start = marks[index]!
      if (start >= 0) visit(this.#text.slice(start, marks[index + 1]), this.#value(index))
    }
    const added = this.#added
    if (added === null) return
    for (let index = 0; index < added.length; index += 2) visit(added[index]!, added[index + 1]!)
  }

  /** @returns the lines, each ending in CRLF; those that nobody touched exactly as they came */
  write(): string {
    let out = this.#gaps ? this.#runs() : this.#whole()
    const added = this.#added
    if (added === null) return out
    for (let index = 0; index < added.length; index += 2) out += added[index]! + ': ' + added[index + 1]! + '\r\n'
    return out
  }

  #whole(): string {
    const marks = this.#marks
    return marks.length === 0 ? '' : this.#text.slice(marks[0]!, marks[marks.length - 1]!)
  }

  /** Neighbours leave as one slice. */
  #runs(): string {
    const marks = this.#marks
    let out = ''
    let from = -1
    let to = -1
    for (let index = 0; index < marks.length; index += MARKS) {
      const start = marks[index]!
      if (start < 0) continue
      if (start !== to) {
        if (from >= 0) out += this.#text.slice(from, to)
        from = start
      }
      to = marks[index + 2]!
    }
    return from < 0 ? out : out + this.#text.slice(from, to)
  }

  #is(index: number, lower: string): boolean {
    const start = this.#marks[index]!
    return start >= 0 && this.#marks[index + 1]! - start === lower.length && sameName(this.#text, start, lower)
  }

  #isOneOf(index: number, names: readonly string[]): boolean {
    for (let place = 0; place < names.length; place++) if (this.#is(index, names[place]!)) return true
    return false
  }

  #value(index: number): string {
    const marks = this.#marks
    return trimmed(this.#text, marks[index + 1]! + 1, marks[index + 2]! - 2)
  }

  #push(name: string, value: string): void {
    if (this.#added === null) this.#added = [name, value]
    else this.#added.push(name, value)
  }
}

function check(name: string, value: string): void {
  if (!isToken(name)) throw new TypeError(`not a field name: ${JSON.stringify(name)}`)
  if (!isFieldValue(value)) throw new TypeError(`the value of the field ${name} has characters that no field may have`)
}
