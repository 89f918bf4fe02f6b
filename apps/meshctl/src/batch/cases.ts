/** A case of a batch: one line of JSON. `files` are paths, or texts by name, so that thousands of cases need no file on a disk. */
import { UsageError } from '../command.ts'
import type { SourceFile } from '../sources.ts'

export interface BatchCase {
  /** Handed back as it came. */
  readonly id: unknown
  readonly paths: readonly string[]
  readonly texts: readonly SourceFile[]
  readonly args: readonly string[]
}

/** @throws UsageError */
export function readCase(line: string): BatchCase {
  const { id, files, args } = recordOf(line)
  return { id: id ?? null, ...filesOf(files), args: textsOf(args, 'args') }
}

/** The id of a line that may be no case at all. */
export function idOf(line: string): unknown {
  try {
    return recordOf(line)['id'] ?? null
  } catch {
    return null
  }
}

function recordOf(line: string): Record<string, unknown> {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw new UsageError(`a line of a batch must be JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!isRecord(value)) throw new UsageError('a line of a batch must be an object {id, files, args}')
  return value
}

function filesOf(files: unknown): Pick<BatchCase, 'paths' | 'texts'> {
  if (!isRecord(files)) return { paths: textsOf(files, 'files'), texts: [] }
  const texts = Object.entries(files).map(([name, text]) => {
    if (typeof text !== 'string') throw new UsageError(`files[${JSON.stringify(name)}] must be a text`)
    return { name, text }
  })
  return { paths: [], texts }
}

function textsOf(value: unknown, name: string): string[] {
  if (value === undefined || value === null) return []
  if (Array.isArray(value) && value.every((each) => typeof each === 'string')) return value
  throw new UsageError(`${name} must be a list of texts`)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
