/**
 * Whether the application takes connections: a replica is in the registry only while it does. It may die alone, and then its sidecar still lives and would
 * answer for it. It is looked at now and then, and at once where a delivery found nobody; one connection for each port, as a TCP probe makes it.
 */
import net from 'node:net'
import type { SidecarLog } from '../log.ts'
import type { AppPort } from './settings.ts'

/** While nobody listens: somebody waits for it. */
const WAIT_MS = 100
/** While it listens: without a request that says so sooner, others still know a dead one for so long. */
const LOOK_MS = 500
const TRY_MS = 1000
/** A try that takes too long may be an application that has much to do, and is no reason to take it from those who wait; several in a row are. */
const LATE_TRIES = 3

type Look = 'listens' | 'late' | { readonly refused: string }

export class AppWatch {
  readonly #address: string
  readonly #ports: readonly AppPort[]
  readonly #log: SidecarLog
  #suspected = false
  #wake: (() => void) | null = null

  constructor(address: string, ports: readonly AppPort[], log: SidecarLog) {
    this.#address = address
    this.#ports = ports
    this.#log = log
  }

  /** A connection did not come about: the next look is now. */
  suspect(): void {
    this.#suspected = true
    this.#wake?.()
  }

  /** Resolves when all ports take connections, or when `signal` says that it no longer matters. */
  async untilListening(signal: AbortSignal): Promise<void> {
    for (const port of this.#ports) {
      let told = false
      while (!signal.aborted && (await this.#look(port)) !== 'listens') {
        if (!told) this.#log.info('waiting for the application', { port: port.name, address: this.#addressOf(port) })
        told = true
        await this.#pause(WAIT_MS, signal)
      }
    }
    this.#suspected = false
  }

  /** @returns why, when one of the ports no longer takes connections; null where `signal` was first */
  async untilGone(signal: AbortSignal): Promise<string | null> {
    let late = 0
    for (;;) {
      if (!this.#suspected) await this.#pause(LOOK_MS, signal)
      this.#suspected = false
      if (signal.aborted) return null
      const looks = await Promise.all(this.#ports.map((port) => this.#look(port)))
      for (const look of looks) if (typeof look === 'object') return look.refused
      late = looks.includes('late') ? late + 1 : 0
      if (late === LATE_TRIES) return `no connection within ${TRY_MS} ms, ${LATE_TRIES} times in a row`
    }
  }

  #look({ appPort }: AppPort): Promise<Look> {
    return new Promise((resolve) => {
      const socket = net.connect({ host: this.#address, port: appPort, timeout: TRY_MS })
      const done = (look: Look): void => {
        socket.destroy()
        resolve(look)
      }
      socket.once('connect', () => done('listens'))
      socket.once('timeout', () => done('late'))
      socket.once('error', ({ message }) => done({ refused: message }))
    })
  }

  #pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        this.#wake = null
        resolve()
      }
      const timer = setTimeout(done, milliseconds)
      timer.unref()
      signal.addEventListener('abort', done)
      this.#wake = done
      if (signal.aborted) done()
    })
  }

  #addressOf({ appPort }: AppPort): string {
    return `${this.#address}:${appPort}`
  }
}
