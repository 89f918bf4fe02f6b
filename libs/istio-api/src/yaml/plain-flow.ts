/** Lists and maps between brackets that end on their line: `[a, b]`, `{name: http, port: 80}`. */
import { NotPlain, plainWord, readQuoted, type Read } from './plain-words.ts'

export type { Read } from './plain-words.ts'

/** Told where in the text an entry of a list, or a key of a map, begins. */
export type Note = (container: object, step: string | number, at: number) => void

/** @param depth how many more brackets may open */
export function readFlow(text: string, start: number, depth: number, note: Note): Read {
  if (depth === 0) throw new NotPlain()
  if (text[start] === '[') return readList(text, start + 1, depth - 1, note)
  if (text[start] === '{') return readMap(text, start + 1, depth - 1, note)
  return readQuoted(text, start) ?? readPlain(text, start)
}

function readList(text: string, start: number, depth: number, note: Note): Read {
  const list: unknown[] = []
  let at = skipSpaces(text, start)
  if (text[at] === ']') return { value: list, end: at + 1 }
  for (;;) {
    const { value, end } = readFlow(text, at, depth, note)
    note(list, list.length, at)
    list.push(value)
    at = skipSpaces(text, end)
    if (text[at] === ']') return { value: list, end: at + 1 }
    at = afterComma(text, at)
  }
}

const KEY = /("[^"\\]*"|'[^']*'|[A-Za-z_$][\w./$~-]*):(?= )/y

function readMap(text: string, start: number, depth: number, note: Note): Read {
  const map: Record<string, unknown> = {}
  let at = skipSpaces(text, start)
  if (text[at] === '}') return { value: map, end: at + 1 }
  for (;;) {
    KEY.lastIndex = at
    const [whole, written] = KEY.exec(text) ?? []
    if (whole === undefined || written === undefined) throw new NotPlain()
    const key = /^["']/.test(written) ? written.slice(1, -1) : plainWord(written)
    if (typeof key !== 'string' || Object.hasOwn(map, key) || key === '__proto__') throw new NotPlain()
    note(map, key, at)
    const { value, end } = readFlow(text, skipSpaces(text, at + whole.length), depth, note)
    map[key] = value
    at = skipSpaces(text, end)
    if (text[at] === '}') return { value: map, end: at + 1 }
    at = afterComma(text, at)
  }
}

/** Up to the next sign of a list or map. */
const PLAIN = /[^,[\]{}#:]+(?::(?![ ,[\]{}])[^,[\]{}#:]+)*/y

function readPlain(text: string, start: number): Read {
  PLAIN.lastIndex = start
  const [whole] = PLAIN.exec(text) ?? []
  if (whole === undefined || whole.trim() === '') throw new NotPlain()
  const end = start + whole.length
  if (!/^[,\]}]$/.test(text[end] ?? '')) throw new NotPlain()
  return { value: plainWord(whole.trimEnd()), end }
}

function skipSpaces(text: string, start: number): number {
  let at = start
  while (text[at] === ' ') at++
  return at
}

function afterComma(text: string, at: number): number {
  if (text[at] !== ',') throw new NotPlain()
  return skipSpaces(text, at + 1)
}
