/** A log that tests can read. */
import type { LogFields, LogLevel, SidecarLog } from '../log.ts'

export interface RecordedLine {
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

export class RecordedLog implements SidecarLog {
  readonly lines: RecordedLine[] = []
  level: LogLevel = 'debug'

  debug(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'debug', message, fields })
  }
  info(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'info', message, fields })
  }
  warn(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'warn', message, fields })
  }
  error(message: string, fields: LogFields = {}): void {
    this.lines.push({ level: 'error', message, fields })
  }

  /** Everything that was said, as text. */
  get text(): string {
    return this.lines.map((line) => `${line.level} ${line.message} ${Object.values(line.fields).join(' ')}`).join('\n')
  }
}
