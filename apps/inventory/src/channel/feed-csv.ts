/**
 * A feed as a CSV file (RFC 4180, UTF-8, with or without a byte order mark): `id,sku,kind,quantity,movedAt`. A file that was cut off looks like a whole one
 * until its last line, so the last line must end, too.
 */
import { ChannelMovement } from '@meshmart/contracts'
import type { FieldProblem } from '@meshmart/service-kit'
import { CsvError, parse } from 'csv-parse/sync'
import type { FeedLine } from './feed-line.ts'

const columns = ['id', 'sku', 'kind', 'quantity', 'movedAt'] as const
const longestLine = 1_000
const codeOfIssue: Readonly<Record<string, string>> = {
  too_small: 'too-small',
  too_big: 'too-big',
  invalid_value: 'choice',
}

export interface ReadCsv {
  readonly lines: readonly FeedLine[]
  readonly problems: readonly FieldProblem[]
}

interface Row {
  readonly record: readonly string[]
  readonly info: { readonly lines: number }
}

/** All lines that can be read, and what is wrong with the others. */
export function readFeedCsv(bytes: Uint8Array): ReadCsv {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return { lines: [], problems: [{ field: `lines.${lineOfFirstBadByte(bytes)}`, code: 'encoding' }] }
  }
  const rows = rowsOf(text)
  if (!Array.isArray(rows)) return { lines: [], problems: [rows as FieldProblem] }
  const [header, ...body] = rows as Row[]
  if (header?.record.join() !== columns.join()) return { lines: [], problems: [{ field: 'lines.1', code: 'columns' }] }
  const lines: FeedLine[] = []
  const problems: FieldProblem[] = []
  for (const { record, info } of body) {
    const at = `lines.${info.lines}`
    const line = lineOf(at, record)
    if (Array.isArray(line)) problems.push(...line)
    else lines.push(line as FeedLine)
  }
  const last = rows.at(-1) as Row
  const cut = { field: `lines.${last.info.lines}`, code: 'half-line' }
  if (!text.endsWith('\n') && !problems.some(({ field, code }) => field === cut.field && code === cut.code))
    problems.push(cut)
  return { lines, problems }
}

function rowsOf(text: string): Row[] | FieldProblem {
  try {
    const options = {
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      max_record_size: longestLine,
    } as const
    return parse(text, options) as unknown as Row[]
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    // A quote that is never closed is what a cut leaves; anything else is a line that no CSV has.
    const code = error.code === 'CSV_QUOTE_NOT_CLOSED' ? 'half-line' : 'format'
    return { field: `lines.${String((error as { lines?: number }).lines ?? 1)}`, code }
  }
}

function lineOf(at: string, record: readonly string[]): FeedLine | FieldProblem[] {
  if (record.length !== columns.length)
    return [{ field: at, code: record.length < columns.length ? 'half-line' : 'columns' }]
  const [id, sku, kind, quantity = '', movedAt] = record
  // Digits alone, and a sign so that a negative number is called too small and not a wrong form.
  const number = /^-?\d{1,9}$/.test(quantity) ? Number(quantity) : quantity
  const parsed = ChannelMovement.safeParse({ id, sku, kind, quantity: number, movedAt })
  if (parsed.success) return { at, movement: parsed.data }
  return parsed.error.issues.map(({ path, code }) => ({
    field: `${at}.${String(path[0])}`,
    code: codeOfIssue[code] ?? 'format',
  }))
}

/** Read as what cannot fail, the text is the same as far as it is right. */
function lineOfFirstBadByte(bytes: Uint8Array): number {
  const text = new TextDecoder('utf-8').decode(bytes)
  return text.slice(0, text.indexOf('\ufffd')).split('\n').length
}
