/** What the sidecar says goes to the log of its process: it has no format of its own, so that a service's lines and its sidecar's read alike. */

export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

export interface SidecarLog {
  /** An operator may change it while the process runs: `POST /logging?level=debug`. */
  level: LogLevel
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
}

/** One method for each level; what becomes of a line is one method of who writes it. */
export abstract class LeveledLog<Fields extends object = LogFields> {
  debug(message: string, fields?: Fields): void {
    this.write('debug', message, fields)
  }
  info(message: string, fields?: Fields): void {
    this.write('info', message, fields)
  }
  warn(message: string, fields?: Fields): void {
    this.write('warn', message, fields)
  }
  error(message: string, fields?: Fields): void {
    this.write('error', message, fields)
  }

  protected abstract write(level: LogLevel, message: string, fields?: Fields): void
}

/** The text of whatever was thrown, with the cause that a library hid beneath it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code =
    'code' in error && typeof error.code === 'string' && !error.message.includes(error.code) ? ` (${error.code})` : ''
  const cause = error.cause === undefined ? '' : `: ${reasonOf(error.cause)}`
  return `${error.message}${code}${cause}`
}
