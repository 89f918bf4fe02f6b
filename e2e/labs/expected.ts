/**
 * What a page says that is printed, compared with what was printed. What differs each time has a placeholder: `…` is anything on its line, a line `…` any number
 * of lines, `{80..100}` a whole number from 80 to 100, however far to the right `uniq -c` puts it.
 */

/** Null where it fits, else why not. */
export function difference(expected: string, printed: string): string | null {
  const ranges: (readonly [low: number, high: number])[] = []
  const lines = expected.trimEnd().split('\n')
  const pattern = lines.map((line, index) => patternOf(line, index === lines.length - 1, ranges)).join('')
  const found = new RegExp(`^${pattern}$`).exec(tidy(printed))
  if (found === null) return `expected\n${expected}\n\nprinted\n${printed}`
  for (const [index, [low, high]] of ranges.entries()) {
    const number = Number(found[index + 1])
    if (number < low || number > high) return `${number} is not from ${low} to ${high}:\n${printed}`
  }
  return null
}

function patternOf(line: string, isLast: boolean, ranges: (readonly [number, number])[]): string {
  const end = isLast ? '' : '\n'
  if (line.trim() === '…') return isLast ? '[^]*' : '(?:[^\n]*\n)*?'
  const parts = line.trimEnd().split(/(…|\{\d+\.\.\d+\})/)
  const pattern = parts.map((part, index) => {
    if (part === '…') return '[^\n]*'
    const [, low, high] = /^\{(\d+)\.\.(\d+)\}$/.exec(part) ?? []
    const isBeforeRange = parts[index + 1]?.startsWith('{') === true
    if (low === undefined) return literal(isBeforeRange ? part.trimEnd() : part)
    ranges.push([Number(low), Number(high)])
    return ' *(\\d+)'
  })
  return pattern.join('') + end
}

const literal = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')

const tidy = (printed: string): string =>
  printed
    .trimEnd()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
