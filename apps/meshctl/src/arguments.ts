/**
 * Reads a command line after the command's own table of options. Node's `parseArgs` does it: meshctl needs long and short options, repetition and
 * `--`, and a library for more would be another thing to load at each start.
 */
import { parseArgs } from 'node:util'
import { UsageError, type Command, type Options } from './command.ts'

export interface Arguments {
  readonly positionals: readonly string[]
  text(option: string): string | undefined
  texts(option: string): readonly string[]
  flag(option: string): boolean
}

export const OUTPUTS = ['words', 'json', 'yaml'] as const
export type Output = (typeof OUTPUTS)[number]

/** What every command has. */
export const COMMON_OPTIONS: Options = {
  output: { type: 'text', short: 'o', value: 'FORMAT', oneOf: OUTPUTS, describe: 'words for people, or json or yaml' },
  help: { type: 'flag', short: 'h', describe: 'this help' },
}
export const BATCH_OPTION: Options = {
  batch: {
    type: 'text',
    value: 'FILE|-',
    describe: 'many cases in one process: a line {id, files, args} each, answered by {id, exitCode, result}',
  },
}

export function optionsOf(command: Command): Options {
  return { ...command.options, ...(command.batch === true ? BATCH_OPTION : {}), ...COMMON_OPTIONS }
}

/** @throws UsageError */
export function readArguments(command: Command, words: readonly string[]): Arguments {
  const options = optionsOf(command)
  const { values, positionals } = parsed(options, words)
  if (positionals.length > 0 && command.positionals === undefined) {
    throw new UsageError(`${command.name} takes no argument ${JSON.stringify(positionals[0])}`)
  }
  const texts = (option: string): readonly string[] => values.get(option) ?? []
  for (const [name, { oneOf }] of Object.entries(options)) {
    const wrong = oneOf === undefined ? undefined : texts(name).find((value) => !oneOf.includes(value))
    if (wrong !== undefined) throw new UsageError(`--${name} must be one of ${oneOf?.join(', ')}, is ${wrong}`)
  }
  return {
    positionals,
    text: (option) => texts(option).at(-1),
    texts,
    flag: (option) => values.has(option),
  }
}

function parsed(options: Options, words: readonly string[]) {
  const table = Object.entries(options).map(([name, { type, short }]) => {
    const entry = { type: type === 'flag' ? ('boolean' as const) : ('string' as const), multiple: true }
    return [name, short === undefined ? entry : { ...entry, short }] as const
  })
  try {
    const read = parseArgs({
      args: [...words],
      options: Object.fromEntries(table),
      allowPositionals: true,
      strict: true,
    })
    const values = new Map<string, readonly string[]>()
    for (const [name, value] of Object.entries(read.values)) {
      if (Array.isArray(value)) values.set(name, value.map(String))
    }
    return { values, positionals: read.positionals }
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error))
  }
}
