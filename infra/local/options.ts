/** What follows `npm start --`. */
import { parseArgs } from 'node:util'

/** Where a service's sidecar is: in its own process, or in one beside it (apps/sidecar). */
export const PLACEMENTS = ['embedded', 'process'] as const
export type Placement = (typeof PLACEMENTS)[number]

export interface StartOptions {
  /** Everybody's log on this terminal, too. */
  readonly verbose: boolean
  readonly placement: Placement
}

/** Throws an error that names the option and what to write instead. */
export function readOptions(args: readonly string[]): StartOptions {
  const { verbose, placement } = parse(args)
  const known = PLACEMENTS.find((name) => name === placement)
  if (known === undefined)
    throw new Error(
      `--placement ${placement}: there is no such placement.\nRemedy: --placement ${PLACEMENTS.join(' or ')}`,
    )
  return { verbose, placement: known }
}

function parse(args: readonly string[]): { verbose: boolean; placement: string } {
  try {
    const options = {
      verbose: { type: 'boolean', default: false },
      placement: { type: 'string', default: 'embedded' },
    } as const
    return parseArgs({ args: [...args], options }).values
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`${reason}\nRemedy: npm start -- [--verbose] [--placement ${PLACEMENTS.join('|')}]`, {
      cause: error,
    })
  }
}
