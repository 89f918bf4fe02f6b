/**
 * What a command of meshctl is: a row of the command table. Arguments, help and completion are made from it, so that no option can be there
 * and not be documented.
 */
import type { SourceFile } from './sources.ts'

/** What scripts can rely on. */
export const EXIT = { fine: 0, finding: 1, usage: 2, unreachable: 3 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

export interface Option {
  readonly type: 'text' | 'flag'
  readonly short?: string
  /** May be given more than once. */
  readonly multiple?: boolean
  /** As it stands in the help: `FILE|DIR`. */
  readonly value?: string
  readonly describe: string
  /** The only values that there are. */
  readonly oneOf?: readonly string[]
}
export type Options = Readonly<Record<string, Option>>

export interface Command {
  readonly name: string
  readonly summary: string
  /** What follows the options, as it stands in the help; none where it is missing. */
  readonly positionals?: string
  readonly options: Options
  /** Whole command lines, each with what it is for. */
  readonly examples: readonly (readonly [line: string, purpose: string])[]
  /** Also answers `--batch`: then many invocations in one process, so it must keep nothing between them. */
  readonly batch?: true
  /** @throws UsageError, Unreachable */
  run(invocation: Invocation): Promise<Outcome> | Outcome
}

export interface Invocation {
  readonly positionals: readonly string[]
  text(option: string): string | undefined
  texts(option: string): readonly string[]
  flag(option: string): boolean
  /** Everything that `paths` name, and, in a batch, what came with the case. */
  files(paths: readonly string[]): Promise<readonly SourceFile[]>
}

export interface Outcome {
  readonly exitCode: ExitCode
  /** What `-o json` prints. */
  readonly result: unknown
  /** What a person reads. */
  readonly words: () => string
}

/** The command line is wrong, or names a file that cannot be read: exit code 2. */
export class UsageError extends Error {}
/** Whom the command needs does not answer: exit code 3. */
export class Unreachable extends Error {}
