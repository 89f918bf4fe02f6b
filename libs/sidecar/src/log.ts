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

/** The text of whatever was thrown, with the cause that a library hid beneath it. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code =
    'code' in error && typeof error.code === 'string' && !error.message.includes(error.code) ? ` (${error.code})` : ''
  const cause = error.cause === undefined ? '' : `: ${reasonOf(error.cause)}`
  return `${error.message}${code}${cause}`
}
