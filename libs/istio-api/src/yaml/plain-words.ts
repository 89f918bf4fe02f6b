/** Words on one line: plain, or in quotation marks without any escape. Whatever one YAML reads as a word and another as a number is not plain. */

/** Something that only a reader of all of YAML can judge. */
export class NotPlain extends Error {}

export interface Read {
  readonly value: unknown
  /** Where it ended. */
  readonly end: number
}

/** Up to ` #`, where that stands in no quotation; trailing spaces go as well. */
export function withoutComment(text: string): string {
  if (!text.includes('#')) return text.trimEnd()
  if (text.startsWith('#')) return ''
  const comment = text.indexOf(' #')
  if (comment === -1) return text.trimEnd()
  if (/["']/.test(text.slice(0, comment))) throw new NotPlain()
  return text.slice(0, comment).trimEnd()
}

/** @param text the rest of the line, without a comment */
export function readWord(text: string): Read {
  const quoted = readQuoted(text, 0)
  if (quoted !== null) return quoted
  if (text.includes(': ') || text.endsWith(':')) throw new NotPlain()
  return { value: plainWord(text), end: text.length }
}

const QUOTED = /"([^"\\]*)"|'((?:[^']|'')*)'/y

/** Null where no quotation begins there. */
export function readQuoted(text: string, start: number): Read | null {
  const mark = text[start]
  if (mark !== '"' && mark !== "'") return null
  QUOTED.lastIndex = start
  const [whole, double, single = ''] = QUOTED.exec(text) ?? []
  if (whole === undefined) throw new NotPlain()
  return { value: double ?? single.replaceAll("''", "'"), end: start + whole.length }
}

const NULL = /^(~|null|Null|NULL)$/
const TRUTH = /^(true|True|TRUE|false|False|FALSE)$/
const NUMBER = /^-?(0|[1-9]\d{0,14})(\.\d{1,15})?$/
/** Neither a word to everybody nor a number to everybody: `yes`, `010`, `1_000`, `1e3`, `.5`, `0x1f`, `12:30`. */
const DISPUTED =
  /^([+-]?[.\d][\d_.,:eExXoObB+a-fA-F-]*|[yYnN]|yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF|[+-]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)|=|<<)$/
/** With what a plain word may not begin. */
const INDICATOR = /^[?:,[\]{}#&*!|>'"%@`]|^-(?: |$)/

export function plainWord(text: string): unknown {
  if (INDICATOR.test(text)) throw new NotPlain()
  if (NULL.test(text)) return null
  if (TRUTH.test(text)) return text.toLowerCase() === 'true'
  if (NUMBER.test(text)) return Number(text)
  if (isAddress(text)) return text
  if (DISPUTED.test(text)) throw new NotPlain()
  return text
}

/** `10.0.0.1` and `10.0.0.0/8` look like numbers and are none to anybody. */
const isAddress = (text: string): boolean => /^\d{1,3}(\.\d{1,3}){3}(\/\d{1,2})?$/.test(text)
