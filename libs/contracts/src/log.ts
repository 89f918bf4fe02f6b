/**
 * How a process outside of the mesh says things: one JSON line for each, in the form that the shop's services have. A door of its own beside the schemas, so that
 * the acquirer and the mailbox, which share nothing else with the shop, say them alike and load nothing for it. What is logged is named field by field, so that
 * no card and no e-mail is ever in a line.
 */
const LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LEVELS)[number]
export type LogFields = Readonly<Record<string, string | number | boolean | null>>

export const isLogLevel = (text: string): text is LogLevel => LEVELS.some((level) => level === text)

export interface LogOptions {
  /** Who says it. */
  readonly service: string
  /** What is of less weight is left out. */
  readonly level: LogLevel
  /** Takes one line, its end included. */
  readonly print: (line: string) => void
}

export class Log {
  readonly #options: LogOptions

  constructor(options: LogOptions) {
    this.#options = options
  }

  write(level: LogLevel, message: string, fields: LogFields = {}): void {
    const { service, level: from, print } = this.#options
    if (LEVELS.indexOf(level) < LEVELS.indexOf(from)) return
    print(`${JSON.stringify({ time: new Date().toISOString(), level, service, message, ...fields })}\n`)
  }
}

/** The words of an error, for a log line. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
