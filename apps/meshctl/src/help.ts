/** Help texts, made from the command table. */
import { optionsOf } from './arguments.ts'
import type { Command, Option } from './command.ts'
import { columns } from './table.ts'

const EXIT_CODES =
  'Exit codes: 0 fine, 1 a finding of level error or a refusal, 2 the command line or a file is wrong, 3 nobody answers.'

export function overview(commands: readonly Command[]): string {
  const rows = commands.map(({ name, summary }) => [`  ${name}`, summary])
  return [
    'meshctl: looks at a mesh, changes it, and says what would happen',
    '',
    'Usage: meshctl COMMAND [options]; meshctl COMMAND --help',
    '',
    ...columns(rows),
    '',
    EXIT_CODES,
  ].join('\n')
}

export function helpOf(command: Command): string {
  const rows = Object.entries(optionsOf(command)).map(([name, option]) => [`  ${flags(name, option)}`, says(option)])
  const positionals = command.positionals === undefined ? '' : ` ${command.positionals}`
  return [
    command.summary,
    '',
    `Usage: meshctl ${command.name} [options]${positionals}`,
    '',
    ...columns(rows),
    '',
    'Examples:',
    ...command.examples.flatMap(([line, purpose]) => [`  # ${purpose}`, `  ${line}`]),
    '',
    EXIT_CODES,
  ].join('\n')
}

function flags(name: string, { short, value }: Option): string {
  return `${short === undefined ? '   ' : `-${short},`} --${name}${value === undefined ? '' : ` ${value}`}`
}

function says({ describe, multiple, oneOf }: Option): string {
  const more = [...(oneOf === undefined ? [] : [oneOf.join('|')]), ...(multiple === true ? ['repeatable'] : [])]
  return more.length === 0 ? describe : `${describe} (${more.join(', ')})`
}
