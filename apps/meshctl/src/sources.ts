/** The files that an operator names: files, folders with all YAML and JSON below them, and `-` for what comes through the pipe. */
import { readdir, readFile, stat } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { UsageError } from './command.ts'

export interface SourceFile {
  /** As it shall stand in findings. */
  readonly name: string
  readonly text: string
}
export type ReadInput = () => Promise<Uint8Array>

const READ = /\.(ya?ml|json)$/i

/** @throws UsageError where one of them is not there, is no text, or is a folder without any file to read */
export async function readSources(paths: readonly string[], readInput: ReadInput): Promise<SourceFile[]> {
  const files = new Map<string, SourceFile>()
  for (const path of paths) {
    if (path === '-') files.set('-', { name: '-', text: decode(await readInput(), 'standard input') })
    // A file that is named by itself and stands in a folder that is named is one file.
    else
      for (const name of await filesAt(path))
        files.set(resolve(name), { name, text: decode(await readFile(name), name) })
  }
  return [...files.values()]
}

async function filesAt(path: string): Promise<string[]> {
  const found = await stat(path).catch((error: unknown) => {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
  })
  if (!found.isDirectory()) return [path]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile() && READ.test(entry.name))
  if (names.length === 0) throw new UsageError(`${path} holds no .yaml, .yml or .json file`)
  return names.map((entry) => join(entry.parentPath, entry.name)).toSorted()
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    // Takes a byte order mark away.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UsageError(`${name} is no text in UTF-8`)
  }
}
