/**
 * The form of a header's value: text with `%VARIABLES%`, each perhaps with arguments, `%%` for a percent sign. Which variables there are is
 * another question; here only what could not be cut into variables at all is refused, as Envoy's own reader does.
 */

type State =
  | 'text'
  | 'name'
  | 'arguments'
  | 'list'
  | 'argument'
  | 'next argument'
  | 'end of arguments'
  | 'end of variable'
  | 'broken'

/** What may not stand in a field's value, but for a tab (RFC 9110, 5.5). */
// eslint-disable-next-line no-control-regex
const CONTROL = /[\0-\x08\n-\x1f\x7f]/

/** Why a value cannot be read, or null where it can. */
export function formatProblem(value: string): string | null {
  if (CONTROL.test(value)) return 'must not contain control characters'
  let state: State = 'text'
  for (let index = 0; index < value.length; index++) {
    const character = value.charAt(index)
    const isEscape = (state === 'text' && value.startsWith('%%', index)) || (state === 'argument' && character === '\\')
    if (isEscape) {
      index++
      if (index === value.length) return 'ends in a backslash that stands for nothing'
    } else state = NEXT[state](character)
    if (state === 'broken')
      return `cannot be read from ${JSON.stringify(value.slice(index))}: %NAME% or %NAME(argument)% is expected`
  }
  return state === 'text' ? null : 'has a % that begins no variable; write %% for a percent sign'
}

const blankOr = (character: string, same: State): State => (character === ' ' ? same : 'broken')

const NEXT: Readonly<Record<State, (character: string) => State>> = {
  text: (character) => (character === '%' ? 'name' : 'text'),
  name: (character) => (character === '%' ? 'text' : character === '(' ? 'arguments' : 'name'),
  arguments: (character) => (character === '[' ? 'list' : character === ' ' ? 'arguments' : 'argument'),
  list: (character) => (character === '"' ? 'argument' : blankOr(character, 'list')),
  argument: (character) => (character === ')' ? 'end of variable' : character === '"' ? 'next argument' : 'argument'),
  'next argument': (character) =>
    character === ',' ? 'list' : character === ']' ? 'end of arguments' : blankOr(character, 'next argument'),
  'end of arguments': (character) => (character === ')' ? 'end of variable' : blankOr(character, 'end of arguments')),
  'end of variable': (character) => (character === '%' ? 'text' : blankOr(character, 'end of variable')),
  broken: () => 'broken',
}
