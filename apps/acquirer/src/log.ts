/** One JSON line for each thing worth saying. No line ever has a card in it: what is logged is named field by field. */
const LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LEVELS)[number]
export type LogFields = Readonly<Record<string, string | number | boolean | null>>

export class Log {
  readonly #from: number
  constructor(level: LogLevel) {
    this.#from = LEVELS.indexOf(level)
  }

  write(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (LEVELS.indexOf(level) < this.#from) return
    const line = { time: new Date().toISOString(), level, service: 'acquirer', message, ...fields }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
}

/** The words of an error, for a log line. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
