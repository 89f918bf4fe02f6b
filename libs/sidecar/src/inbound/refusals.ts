/** Connections that were not let in: each is counted, and logged with its reason, but a flood of them must not become a flood of lines. */
import type { SidecarLog } from '../log.ts'
import { clean } from '../telemetry/access-line.ts'
import type { AccessLog } from '../telemetry/access-log.ts'

const LINES_PER_SECOND = 20

export interface RefusalParts {
  /** At whose door. */
  readonly direction: 'inbound' | 'ingress'
  readonly port: number
  readonly log: SidecarLog
  readonly accessLog: AccessLog
}

export class Refusals {
  /** Since start. */
  count = 0
  readonly #parts: RefusalParts
  #second = 0
  #lines = 0
  #unlogged = 0

  constructor(parts: RefusalParts) {
    this.#parts = parts
  }

  /** @param now milliseconds since 1970 */
  refused(from: string | undefined, reason: string, now: number): void {
    this.count++
    const second = Math.floor(now / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#lines = 0
    }
    if (++this.#lines > LINES_PER_SECOND) {
      this.#unlogged++
      return
    }
    const { direction, port, log, accessLog } = this.#parts
    const fields = { from: from ?? 'a peer that is gone', port, reason }
    const line = this.#unlogged === 0 ? fields : { ...fields, notLogged: this.#unlogged }
    log.warn(`${direction}: connection refused`, line)
    accessLog.append(now, `${direction} connection UAEX "${clean(reason)}" from="${fields.from}" port=${port}`)
    this.#unlogged = 0
  }
}
