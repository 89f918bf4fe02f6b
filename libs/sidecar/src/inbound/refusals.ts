/** Connections that were not let in: each is counted, and logged with its reason, but a flood of them must not become a flood of lines. */
import type { SidecarLog } from '../log.ts'

const LINES_PER_SECOND = 20

export class Refusals {
  /** Since start. */
  count = 0
  readonly #log: SidecarLog
  readonly #servicePort: number
  #second = 0
  #lines = 0
  #unlogged = 0

  constructor(log: SidecarLog, servicePort: number) {
    this.#log = log
    this.#servicePort = servicePort
  }

  /** @param now milliseconds */
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
    const fields = { from: from ?? 'a peer that is gone', servicePort: this.#servicePort, reason }
    this.#log.warn(
      'inbound: connection refused',
      this.#unlogged === 0 ? fields : { ...fields, notLogged: this.#unlogged },
    )
    this.#unlogged = 0
  }
}
