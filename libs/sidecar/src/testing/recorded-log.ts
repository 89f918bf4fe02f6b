/** A log that tests can read. */
import type { LogFields, SidecarLog } from '../log.ts'

export interface RecordedLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly message: string
  readonly fields: LogFields
}

export class RecordedLog implements SidecarLog {
  readonly lines: RecordedLine[] = []

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
