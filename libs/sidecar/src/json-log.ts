/** One JSON line on standard output for each thing worth saying: the log of processes that have no framework of their own. */
import { LOG_LEVELS, type LogFields, type LogLevel, type SidecarLog } from './log.ts'

export class JsonLog implements SidecarLog {
  level: LogLevel
  readonly #service: string

  /** @param service replica name, stands in every line */
  constructor(service: string, level: LogLevel) {
    this.level = level
    this.#service = service
  }

  debug(message: string, fields?: LogFields): void {
    this.#write('debug', message, fields)
  }
  info(message: string, fields?: LogFields): void {
    this.#write('info', message, fields)
  }
  warn(message: string, fields?: LogFields): void {
    this.#write('warn', message, fields)
  }
  error(message: string, fields?: LogFields): void {
    this.#write('error', message, fields)
  }

  #write(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(this.level)) return
    const line = { time: new Date().toISOString(), level, service: this.#service, message, ...fields }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
}
