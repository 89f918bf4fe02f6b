/** A log that tests can read. */
import { LeveledLog, type LogFields, type LogLevel, type SidecarLog } from '../log.ts'

export interface RecordedLine {
  readonly level: LogLevel
  readonly message: string
  readonly fields: LogFields
}

export class RecordedLog extends LeveledLog implements SidecarLog {
  readonly lines: RecordedLine[] = []
  level: LogLevel = 'debug'

  protected write(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.lines.push({ level, message, fields })
  }

  /** Everything that was said, as text. */
  get text(): string {
    return this.lines.map((line) => `${line.level} ${line.message} ${Object.values(line.fields).join(' ')}`).join('\n')
  }
}
