/** One JSON line for each thing worth saying, with the trace that it happened in, so that a log line and a trace find each other. */
import { currentRequest, LeveledLog } from '@meshmart/sidecar'
import type { LoggerService } from '@nestjs/common'
import pino from 'pino'
import { redact, redactText } from './redact.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
export type LogFields = Readonly<Record<string, unknown>>

export interface LogOptions {
  readonly level: LogLevel
  readonly service: string
  readonly instance: string
  /** Where lines go; standard output where it is not given. */
  readonly destination?: pino.DestinationStream
}

/** Injectable; also the SidecarLog of the process. */
export class Log extends LeveledLog<LogFields> {
  readonly #pino: pino.Logger

  constructor({ level, service, instance, destination }: LogOptions) {
    super()
    const options: pino.LoggerOptions = {
      level,
      base: { service, instance },
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    }
    this.#pino = destination ? pino(options, destination) : pino(options)
  }

  get level(): LogLevel {
    return this.#pino.level as LogLevel
  }
  /** While the process runs: the sidecar's admin listener sets it. */
  set level(level: LogLevel) {
    this.#pino.level = level
  }

  protected write(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (!this.#pino.isLevelEnabled(level)) return
    const traceId = currentRequest()?.traceId
    this.#pino[level]({ ...(traceId ? { traceId } : {}), ...(redact(fields) as LogFields) }, redactText(message))
  }
}

/** Nest says its own things through the same log; what it says while it starts is for whoever debugs. */
export function nestLogger(log: Log): LoggerService {
  const text = (message: unknown): string => (message instanceof Error ? message.message : String(message))
  const fields = (rest: unknown[]): LogFields => ({ from: 'nest', details: rest })
  return {
    log: (message: unknown, ...rest: unknown[]) => log.debug(text(message), fields(rest)),
    error: (message: unknown, ...rest: unknown[]) => log.error(text(message), fields(rest)),
    warn: (message: unknown, ...rest: unknown[]) => log.warn(text(message), fields(rest)),
  }
}
