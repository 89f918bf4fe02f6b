/** One run of meshctl: finds the command, reads its arguments, and prints its outcome. Everything that a process has comes in as an argument. */
import { formatYaml } from '@meshmart/istio-api'
import { COMMON_OPTIONS, readArguments, type Output } from './arguments.ts'
import { exitCodeOf, runBatch } from './batch/run-batch.ts'
import { EXIT, UsageError, type Command, type ExitCode, type Outcome } from './command.ts'
import { helpOf, overview } from './help.ts'
import { readSources, type ReadInput } from './sources.ts'

export interface Surroundings {
  readonly out: (text: string) => void
  readonly error: (text: string) => void
  readonly readInput: ReadInput
  /** Line by line, so that whoever writes one may wait for its answer; `-` is standard input. */
  readonly lines: (path: string) => Promise<AsyncIterable<string>>
}

export async function meshctl(
  commands: readonly Command[],
  words: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  const [name, ...rest] = words
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const of = commands.find((each) => name === 'help' && each.name === rest[0])
    surroundings.out(`${of === undefined ? overview(commands) : helpOf(of)}\n`)
    return name === undefined ? EXIT.usage : EXIT.fine
  }
  const command = commands.find((each) => each.name === (name === '--version' ? 'version' : name))
  if (command === undefined) {
    surroundings.error(
      `meshctl: there is no command ${name}; there are ${commands.map((each) => each.name).join(', ')}\n`,
    )
    return EXIT.usage
  }
  try {
    return await runCommand(command, rest, surroundings)
  } catch (error) {
    const exitCode = exitCodeOf(error)
    if (exitCode === null || !(error instanceof Error)) throw error
    const hint = exitCode === EXIT.usage ? `\nmeshctl ${command.name} --help says what there is` : ''
    surroundings.error(`meshctl ${command.name}: ${error.message}${hint}\n`)
    return exitCode
  }
}

async function runCommand(command: Command, words: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  // Help is help, whatever else is wrong with the line.
  if (words.some((word) => word === '--help' || word === '-h')) {
    surroundings.out(`${helpOf(command)}\n`)
    return EXIT.fine
  }
  const read = readArguments(command, words)
  const batch = read.text('batch')
  if (batch !== undefined) {
    await runBatch(command, await surroundings.lines(batch), withoutBatch(words), surroundings.out)
    return EXIT.fine
  }
  const outcome = await command.run({
    ...read,
    files: (paths) => readSources(paths, surroundings.readInput),
  })
  const text = printed(outcome, read.text('output') ?? 'words')
  if (text !== '') surroundings.out(text.endsWith('\n') ? text : `${text}\n`)
  return outcome.exitCode
}

/** What else stands on the line of a batch holds for each of its cases. */
function withoutBatch(words: readonly string[]): string[] {
  return words.filter((word, index) => !/^--batch(=|$)/.test(word) && words[index - 1] !== '--batch')
}

function printed({ result, words }: Outcome, output: string): string {
  const formats: Readonly<Record<Output, () => string>> = {
    words,
    json: () => JSON.stringify(result, null, 2),
    yaml: () => formatYaml(result),
  }
  const format = Object.entries(formats).find(([name]) => name === output)
  if (format === undefined)
    throw new UsageError(`--output must be one of ${COMMON_OPTIONS['output']?.oneOf?.join(', ')}`)
  return format[1]()
}
