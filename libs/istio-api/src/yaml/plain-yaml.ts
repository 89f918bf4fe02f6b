/**
 * Reads the YAML that manifests are mostly written in (blocks by indentation, words and lists on one line) in one pass, and says null to
 * everything else. A reader of all of YAML keeps every token and its place, which makes a mesh of a thousand services a matter of seconds;
 * places are asked for only where something is wrong. What is read here must be what that reader would have read: a test compares the two.
 */
import type { FieldPath, Position } from '../resource.ts'
import { readFlow, type Note, type Read } from './plain-flow.ts'
import { PlainPlaces } from './plain-places.ts'
import { NotPlain, readWord, withoutComment } from './plain-words.ts'

export interface PlainYaml {
  readonly data: unknown
  /** Reads the text a second time at the first question, which most documents are never asked. */
  locate(path: FieldPath): Position
}

/** @param text of one document, with or without its `---` line */
export function readPlainYaml(text: string): PlainYaml | null {
  // Tabs, carriage returns, and characters that YAML or a terminal may see differently.
  if (/[^\n\x20-\x7e\xa0-\u2027\u2030-\ud7ff\ue000-\ufefe]/.test(text)) return null
  try {
    const data = new BlockReader(text.split('\n'), null).readDocument()
    let read: { readonly data: unknown; readonly places: PlainPlaces } | undefined
    return {
      data,
      locate(path) {
        read ??= withPlaces(text)
        return read.places.locate(read.data, path)
      },
    }
  } catch (error) {
    // A text that is nested so deeply is looked at by who says so.
    if (error instanceof NotPlain || error instanceof RangeError) return null
    throw error
  }
}

function withPlaces(text: string) {
  const places = new PlainPlaces()
  return { data: new BlockReader(text.split('\n'), places).readDocument(), places }
}

/** Nobody writes deeper, and whoever does shall not end the recursion of this reader. */
const MAX_DEPTH = 50
const KEY = /^("[^"\\]*"|'[^']*'|[A-Za-z_$][\w./$~-]*):(?: +(.*))?$/

class BlockReader {
  readonly #lines: string[]
  readonly #places: PlainPlaces | null
  #at = 0
  /** Of the current line, without spaces around it; null at the end. */
  #content: string | null = null
  #indent = 0
  #depth = 0

  constructor(lines: string[], places: PlainPlaces | null) {
    this.#lines = lines
    this.#places = places
    if (/^---\s*(#.*)?$/.test(lines[0] ?? '')) this.#at = 1
    this.#settle()
  }

  readDocument(): unknown {
    if (this.#content === null) return null
    this.#places?.startAt(this.#at + 1, this.#indent + 1)
    const data = this.#readNode()
    if (this.#content !== null) throw new NotPlain()
    return data
  }

  /** Goes on to the first line with something on it. */
  #settle(): void {
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at] ?? ''
      const content = line.trim()
      if (content === '' || content.startsWith('#')) continue
      if (/^(---|\.\.\.|%)/.test(line)) throw new NotPlain()
      this.#content = content
      this.#indent = line.length - line.trimStart().length
      return
    }
    this.#content = null
    this.#indent = -1
  }

  #advance(): void {
    this.#at++
    this.#settle()
  }

  #isEntry(): boolean {
    return this.#content === '-' || this.#content?.startsWith('- ') === true
  }

  #readNode(): unknown {
    if (++this.#depth > MAX_DEPTH) throw new NotPlain()
    const node = this.#isEntry() ? this.#readList(this.#indent) : this.#readMap(this.#indent)
    this.#depth--
    return node
  }

  #readMap(indent: number): Record<string, unknown> {
    const map: Record<string, unknown> = {}
    while (this.#indent === indent && this.#content !== null && !this.#isEntry()) {
      const [, written, rest = ''] = KEY.exec(this.#content) ?? []
      if (written === undefined) throw new NotPlain()
      const key = keyOf(written)
      if (Object.hasOwn(map, key) || key === '__proto__') throw new NotPlain()
      this.#places?.note(map, key, this.#at + 1, indent + 1)
      const column = indent + this.#content.length - rest.length + 1
      map[key] = this.#readValue(indent, withoutComment(rest), column)
    }
    if (this.#indent > indent) throw new NotPlain()
    return map
  }

  #readValue(indent: number, rest: string, column: number): unknown {
    if (rest === '|' || rest === '|-') return this.#readLiteral(indent, rest === '|')
    const line = this.#at + 1
    this.#advance()
    if (rest !== '') return this.#readInline(indent, rest, line, column)
    if (this.#indent > indent) return this.#readNode()
    return this.#indent === indent && this.#isEntry() ? this.#readList(indent) : null
  }

  /** A word or list that ends with its line; what goes on below it is not plain. */
  #readInline(indent: number, text: string, line: number, column: number): unknown {
    if (this.#indent > indent) throw new NotPlain()
    const note: Note = (container, step, at) => this.#places?.note(container, step, line, column + at)
    const { value, end }: Read = /^[[{]/.test(text) ? readFlow(text, 0, MAX_DEPTH, note) : readWord(text)
    if (end !== text.length) throw new NotPlain()
    return value
  }

  #readList(indent: number): unknown[] {
    const list: unknown[] = []
    while (this.#indent === indent && this.#isEntry()) {
      const content = this.#content ?? ''
      const body = content.slice(1).trimStart()
      const column = indent + content.length - body.length + 1
      if (withoutComment(body) === '') {
        this.#advance()
        // Where an entry that is nothing stands is disputed.
        if (this.#indent <= indent) throw new NotPlain()
        this.#places?.note(list, list.length, this.#at + 1, this.#indent + 1)
        list.push(this.#readNode())
      } else if (body === '-' || body.startsWith('- ')) {
        throw new NotPlain()
      } else if (KEY.test(body)) {
        // The map begins on the line of its dash.
        this.#indent = column - 1
        this.#content = body
        this.#places?.note(list, list.length, this.#at + 1, column)
        list.push(this.#readNode())
      } else {
        const line = this.#at + 1
        this.#advance()
        this.#places?.note(list, list.length, line, column)
        list.push(this.#readInline(indent, withoutComment(body), line, column))
      }
    }
    if (this.#indent > indent) throw new NotPlain()
    return list
  }

  /** `|` keeps lines as they are; the last line break stays or goes. */
  #readLiteral(indent: number, keepsBreak: boolean): string {
    const lines: string[] = []
    let block = 0
    for (this.#at++; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at] ?? ''
      const own = line.length - line.trimStart().length
      if (line.trim() === '') {
        // Spaces of an empty line before the block are counted by rules of their own.
        if (line !== '') throw new NotPlain()
        lines.push('')
        continue
      }
      if (block === 0 && own > indent) block = own
      if (block === 0 || own < block) break
      lines.push(line.slice(block))
    }
    const line = this.#lines[this.#at]
    // At the end of the text the last line break may be missing; between the block and its key stands nothing.
    if (block === 0 || (line === undefined && this.#lines.at(-1) !== '')) throw new NotPlain()
    if (line !== undefined && line.length - line.trimStart().length > indent) throw new NotPlain()
    this.#settle()
    while (lines.at(-1) === '') lines.pop()
    return lines.join('\n') + (keepsBreak ? '\n' : '')
  }
}

function keyOf(written: string): string {
  if (/^["']/.test(written)) return written.slice(1, -1)
  if (typeof readWord(written).value !== 'string') throw new NotPlain()
  return written
}
