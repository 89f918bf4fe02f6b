/**
 * A lab as its page tells it: fenced `sh` blocks are what a presenter types, a `text` block behind one is what it prints. The page is the source: nothing of
 * it stands anywhere else.
 */

export interface Step {
  readonly commands: string
  /** Null where nobody looks at what is printed. */
  readonly expected: string | null
  /** Of the commands, from 1. */
  readonly line: number
}

const FENCE = /^(`{3,})(\w*)$/

/** @throws Error where a `text` block belongs to no commands, or a block does not end */
export function readSteps(markdown: string): Step[] {
  const steps: Step[] = []
  let open: { fence: string; language: string; from: number; lines: string[] } | null = null
  let follows = false
  for (const [index, line] of markdown.split('\n').entries()) {
    if (open !== null && line !== open.fence) {
      open.lines.push(line)
      continue
    }
    if (open === null) {
      const begins = FENCE.exec(line)
      if (begins !== null) open = { fence: begins[1] ?? '', language: begins[2] ?? '', from: index + 2, lines: [] }
      continue
    }
    const text = open.lines.join('\n')
    if (open.language === 'sh') steps.push({ commands: text, expected: null, line: open.from })
    if (open.language === 'text') {
      const last = steps.at(-1)
      if (last === undefined || !follows) throw new Error(`line ${open.from}: what prints this?`)
      steps[steps.length - 1] = { ...last, expected: text }
    }
    follows = open.language === 'sh'
    open = null
  }
  if (open !== null) throw new Error(`line ${open.from}: the block does not end`)
  return steps
}
