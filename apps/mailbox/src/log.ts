/** One JSON line for each thing worth saying. What is in an e-mail is nobody's business here: a line names it by its Message-ID. */
const LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LEVELS)[number]

export const isLogLevel = (text: string): text is LogLevel => LEVELS.some((level) => level === text)

export class Log {
  readonly #from: number
  constructor(level: LogLevel) {
    this.#from = LEVELS.indexOf(level)
  }

  write(level: LogLevel, message: string, fields: Readonly<Record<string, string | number | boolean>> = {}): void {
    if (LEVELS.indexOf(level) < this.#from) return
    const line = { time: new Date().toISOString(), level, service: 'mailbox', message, ...fields }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
}

/** The words of an error, for a log line. */
export const wordsOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
