/** One JSON line on standard output for each thing worth saying: the log of processes that have no framework of their own. */
import { LeveledLog, LOG_LEVELS, type LogFields, type LogLevel, type SidecarLog } from './log.ts'

export class JsonLog extends LeveledLog implements SidecarLog {
  level: LogLevel
  readonly #service: string

  /** @param service replica name, stands in every line */
  constructor(service: string, level: LogLevel) {
    super()
    this.level = level
    this.#service = service
  }

  protected write(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(this.level)) return
    const line = { time: new Date().toISOString(), level, service: this.#service, message, ...fields }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
}
