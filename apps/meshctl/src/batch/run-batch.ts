/** Many cases in one process: loading meshctl takes longer than answering. Each line is answered by one line, in order, and none stops the rest. */
import { readArguments } from '../arguments.ts'
import { EXIT, Unreachable, UsageError, type Command, type ExitCode } from '../command.ts'
import { readSources, type ReadInput } from '../sources.ts'
import { idOf, readCase } from './cases.ts'

interface Answer {
  readonly id: unknown
  readonly exitCode: ExitCode
  readonly result: unknown
}

/** @param args words of the command line that hold for every case */
export async function runBatch(
  command: Command,
  lines: AsyncIterable<string> | Iterable<string>,
  args: readonly string[],
  write: (line: string) => void,
): Promise<void> {
  for await (const line of lines) {
    if (line.trim() === '') continue
    write(`${JSON.stringify(await answer(command, line, args))}\n`)
  }
}

async function answer(command: Command, line: string, args: readonly string[]): Promise<Answer> {
  try {
    const { id, paths, texts, args: own } = readCase(line)
    const read = readArguments(command, [...args, ...own])
    if (read.text('batch') !== undefined) throw new UsageError('a case of a batch is no batch')
    const { exitCode, result } = await command.run({
      ...read,
      files: async (named) => [...texts, ...(await readSources([...paths, ...named], noInput))],
    })
    return { id, exitCode, result }
  } catch (error) {
    const exitCode = exitCodeOf(error)
    if (exitCode === null) throw error
    return { id: idOf(line), exitCode, result: { error: error instanceof Error ? error.message : String(error) } }
  }
}

/** Null for what is a bug. */
export function exitCodeOf(error: unknown): ExitCode | null {
  if (error instanceof UsageError) return EXIT.usage
  return error instanceof Unreachable ? EXIT.unreachable : null
}

const noInput: ReadInput = () => {
  throw new UsageError('a case of a batch cannot read standard input')
}
