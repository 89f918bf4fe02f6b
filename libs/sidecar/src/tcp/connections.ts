/** Connections that are open, so that a drain can wait for them and then end what does not end by itself. */
import type { CarriedConnection } from './carried-connection.ts'

export class Connections {
  readonly #open = new Set<CarriedConnection>()
  #waiting: (() => void)[] = []

  get size(): number {
    return this.#open.size
  }

  add(connection: CarriedConnection): void {
    this.#open.add(connection)
  }

  readonly over = (connection: CarriedConnection): void => {
    this.#open.delete(connection)
    if (this.#open.size === 0) for (const resolve of this.#waiting.splice(0)) resolve()
  }

  /** Resolves when none is left; those that are left after `limitMs` are closed. @returns how many were closed */
  async quiet(limitMs: number): Promise<number> {
    if (this.#open.size > 0) {
      let timer: NodeJS.Timeout | null = null
      await Promise.race([
        new Promise<void>((resolve) => this.#waiting.push(resolve)),
        new Promise<void>((resolve) => (timer = setTimeout(resolve, limitMs))),
      ])
      if (timer !== null) clearTimeout(timer)
    }
    const left = this.#open.size
    this.closeAll(`drained: still open after ${limitMs} ms`)
    return left
  }

  closeAll(reason: string): void {
    for (const connection of this.#open) connection.close(reason)
  }
}
