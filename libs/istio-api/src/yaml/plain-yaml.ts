/**
 * Reads the YAML that manifests are mostly written in (blocks by indentation, words and lists on one line) in one pass, and says null to
 * everything else. A reader of all of YAML keeps every token and its place, which makes a mesh of a thousand services a matter of seconds;
 * places are asked for only where something is wrong. What is read here must be what that reader would have read: a test compares the two.
 */
import { readFlow, type Read } from './plain-flow.ts'
import { NotPlain, readWord, withoutComment } from './plain-words.ts'

/** @param text of one document, with or without its `---` line */
export function readPlainYaml(text: string): { readonly data: unknown } | null {
  // Tabs, carriage returns, and characters that YAML or a terminal may see differently.
  if (/[^\n\x20-\x7e\xa0-\u2027\u2030-\ud7ff\ue000-\ufefe]/.test(text)) return null
  try {
    return { data: new BlockReader(text.split('\n')).readDocument() }
  } catch (error) {
    // A text that is nested so deeply is looked at by who says so.
    if (error instanceof NotPlain || error instanceof RangeError) return null
    throw error
  }
}

const KEY = /^("[^"\\]*"|'[^']*'|[A-Za-z_$][\w./$~-]*):(?: +(.*))?$/

class BlockReader {
  readonly #lines: string[]
  #at = 0
  /** Of the current line, without spaces around it; null at the end. */
  #content: string | null = null
  #indent = 0

  constructor(lines: string[]) {
    this.#lines = lines
    if (/^---\s*(#.*)?$/.test(lines[0] ?? '')) this.#at = 1
    this.#settle()
  }

  readDocument(): unknown {
    if (this.#content === null) return null
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
    return this.#isEntry() ? this.#readList(this.#indent) : this.#readMap(this.#indent)
  }

  #readMap(indent: number): Record<string, unknown> {
    const map: Record<string, unknown> = {}
    while (this.#indent === indent && this.#content !== null && !this.#isEntry()) {
      const [, written, rest = ''] = KEY.exec(this.#content) ?? []
      if (written === undefined) throw new NotPlain()
      const key = keyOf(written)
      if (Object.hasOwn(map, key) || key === '__proto__') throw new NotPlain()
      map[key] = this.#readValue(indent, withoutComment(rest))
    }
    if (this.#indent > indent) throw new NotPlain()
    return map
  }

  #readValue(indent: number, rest: string): unknown {
    if (rest === '|' || rest === '|-') return this.#readLiteral(indent, rest === '|')
    this.#advance()
    if (rest !== '') return this.#readInline(indent, rest)
    if (this.#indent > indent) return this.#readNode()
    return this.#indent === indent && this.#isEntry() ? this.#readList(indent) : null
  }

  /** A word or list that ends with its line; what goes on below it is not plain. */
  #readInline(indent: number, text: string): unknown {
    if (this.#indent > indent) throw new NotPlain()
    const { value, end }: Read = /^[[{]/.test(text) ? readFlow(text, 0) : readWord(text)
    if (end !== text.length) throw new NotPlain()
    return value
  }

  #readList(indent: number): unknown[] {
    const list: unknown[] = []
    while (this.#indent === indent && this.#isEntry()) {
      const content = this.#content ?? ''
      const body = content.slice(1).trimStart()
      if (withoutComment(body) === '') {
        this.#advance()
        list.push(this.#indent > indent ? this.#readNode() : null)
      } else if (body === '-' || body.startsWith('- ')) {
        throw new NotPlain()
      } else if (KEY.test(body)) {
        // The map begins on the line of its dash.
        this.#indent = indent + content.length - body.length
        this.#content = body
        list.push(this.#readMap(this.#indent))
      } else {
        this.#advance()
        list.push(this.#readInline(indent, withoutComment(body)))
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
