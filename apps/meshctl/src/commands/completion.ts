/** Scripts that complete command lines, made from the command table at the moment they are asked for. */
import { optionsOf } from '../arguments.ts'
import { EXIT, UsageError, type Command } from '../command.ts'

const SHELLS: Readonly<Record<string, (commands: readonly Command[]) => string>> = { bash, zsh, fish }

/** @param commands asked for late, because completion is one of them */
export function completionOf(commands: () => readonly Command[]): Command {
  return {
    name: 'completion',
    summary: 'Prints a script that completes command lines',
    positionals: Object.keys(SHELLS).join('|'),
    options: {},
    examples: [
      ['source <(meshctl completion bash)', 'in ~/.bashrc'],
      ['meshctl completion fish > ~/.config/fish/completions/meshctl.fish', 'for fish'],
    ],
    run({ positionals }) {
      const [shell, ...more] = positionals
      const script = shell === undefined || more.length > 0 || !Object.hasOwn(SHELLS, shell) ? undefined : SHELLS[shell]
      if (script === undefined) throw new UsageError(`name one shell of ${Object.keys(SHELLS).join(', ')}`)
      const result = script(commands())
      return { exitCode: EXIT.fine, result, words: () => result }
    },
  }
}

const longs = (command: Command): string[] => Object.keys(optionsOf(command)).map((name) => `--${name}`)
const valued = (command: Command): string[] =>
  Object.entries(optionsOf(command)).flatMap(([name, { type, short }]) => {
    return type === 'flag' ? [] : [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]
  })

function bash(commands: readonly Command[]): string {
  const cases = commands.map((command) => {
    const choices = Object.entries(optionsOf(command)).flatMap(([name, { short, oneOf }]) => {
      if (oneOf === undefined) return []
      const flags = [`--${name}`, ...(short === undefined ? [] : [`-${short}`])].join('|')
      return [`        ${flags}) COMPREPLY=($(compgen -W '${oneOf.join(' ')}' -- "$word")); return;;`]
    })
    return [
      `    ${command.name})`,
      '      case "$before" in',
      ...choices,
      `        ${valued(command).join('|')}) COMPREPLY=($(compgen -f -- "$word")); return;;`,
      '      esac',
      `      options='${[...longs(command), ...(command.positionals?.match(/^[a-z|]+$/)?.[0].split('|') ?? [])].join(' ')}';;`,
    ].join('\n')
  })
  return [
    '_meshctl() {',
    '  local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" options=""',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W '${commands.map(({ name }) => name).join(' ')}' -- "$word")); return`,
    '  fi',
    '  case "${COMP_WORDS[1]}" in',
    ...cases,
    '  esac',
    '  COMPREPLY=($(compgen -W "$options" -- "$word") $(compgen -f -- "$word"))',
    '}',
    'complete -o filenames -F _meshctl meshctl',
  ].join('\n')
}

/** zsh reads bash's. */
function zsh(commands: readonly Command[]): string {
  return `#compdef meshctl\nautoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`
}

function fish(commands: readonly Command[]): string {
  const lines = commands.flatMap((command) => [
    `complete -c meshctl -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`,
    ...Object.entries(optionsOf(command)).map(([name, { short, type, describe, oneOf }]) =>
      [
        `complete -c meshctl -n '__fish_seen_subcommand_from ${command.name}' -l ${name}`,
        ...(short === undefined ? [] : [`-s ${short}`]),
        ...(type === 'flag' ? [] : ['-r']),
        ...(oneOf === undefined ? [] : [`-a ${quoted(oneOf.join(' '))}`]),
        `-d ${quoted(describe)}`,
      ].join(' '),
    ),
  ])
  return lines.join('\n')
}

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
