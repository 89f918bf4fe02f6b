/**
 * Cuts a file at its `---` lines before anything is parsed: each document is then read by itself, so that a quotation mark that is never closed
 * spoils one document and not the rest of the file, and so that a size can be refused before it costs time and memory.
 */

export interface Chunk {
  readonly text: string
  /** Lines of the file before it. */
  readonly linesBefore: number
}

/** In the first column `---` begins a document wherever it stands, also in a block of text or a quotation (YAML 1.2, 9.1.2). */
const MARKER = /^---(?=[ \t\r\n]|$)/gm
/** Comments and directives belong to the document that follows them. */
const PRELUDE = /^(?:[ \t]*(?:#.*|%.*)?\r?(?:\n|$))*$/

export function cutDocuments(text: string): Chunk[] {
  const starts = [...text.matchAll(MARKER)].map(({ index }) => index)
  const chunks: Chunk[] = []
  let begin = 0
  let lines = 0
  for (const end of [...starts, text.length]) {
    const part = text.slice(begin, end)
    const isLast = end === text.length
    if (!isLast && isPrelude(part)) continue
    chunks.push({ text: part, linesBefore: lines })
    lines += countLines(part)
    begin = end
  }
  return chunks
}

/** What is longer than any comment is no prelude; it would only be read twice. */
function isPrelude(part: string): boolean {
  return part.length < 65_536 && !part.startsWith('---') && PRELUDE.test(part)
}

function countLines(text: string): number {
  let count = 0
  for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1)) count++
  return count
}
