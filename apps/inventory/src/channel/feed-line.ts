/** A feed as it is checked: rows that know where they stood, so that whoever sent it finds the line that is wrong. */
import type { ChannelMovement } from '@meshmart/contracts'
import type { FieldProblem } from '@meshmart/service-kit'

export interface FeedLine {
  /** `lines.7` of a CSV file, counted from 1 with the header; `movements.5` of JSON, counted from 0. */
  readonly at: string
  readonly movement: ChannelMovement
}
export interface Feed {
  readonly version: number
  readonly until: Date
  readonly lines: readonly FeedLine[]
}

/** Clocks of two companies differ. */
const skewMs = 5 * 60_000
/** Enough to mend a file by; what is wrong with it is often the same thing in every line. */
export const mostProblems = 100

/** What is wrong with lines that are well formed each: pure, `now` is an argument. */
export function lineProblems({ until, lines }: Feed, known: ReadonlySet<string>, now: Date): FieldProblem[] {
  const seen = new Set<string>()
  return lines.flatMap(({ at, movement }): FieldProblem[] => {
    const problems: FieldProblem[] = []
    const movedAt = Date.parse(movement.movedAt)
    if (seen.has(movement.id)) problems.push({ field: `${at}.id`, code: 'repeated' })
    seen.add(movement.id)
    if (!known.has(movement.sku)) problems.push({ field: `${at}.sku`, code: 'unknown-sku' })
    if (movedAt > until.getTime() || movedAt > now.getTime() + skewMs)
      problems.push({ field: `${at}.movedAt`, code: 'in-the-future' })
    return problems
  })
}

/** What is wrong with the feed as a whole, after what the channel has told before. */
export function orderProblems(
  { version, until }: Pick<Feed, 'version' | 'until'>,
  before: { readonly feedVersion: number; readonly until: Date | null },
  now: Date,
): FieldProblem[] {
  const problems: FieldProblem[] = []
  if (version <= before.feedVersion) problems.push({ field: 'version', code: 'backwards' })
  if (before.until !== null && until < before.until) problems.push({ field: 'until', code: 'backwards' })
  if (until.getTime() > now.getTime() + skewMs) problems.push({ field: 'until', code: 'in-the-future' })
  return problems
}
