/** Connections that are open, so that a drain can wait for them and then end what does not end by itself. */
import { InFlight } from '../in-flight.ts'
import type { CarriedConnection } from './carried-connection.ts'

export class Connections {
  readonly #open = new Set<CarriedConnection>()
  readonly #inFlight = new InFlight()

  get size(): number {
    return this.#open.size
  }

  add(connection: CarriedConnection): void {
    this.#open.add(connection)
    this.#inFlight.begun()
  }

  readonly over = (connection: CarriedConnection): void => {
    if (this.#open.delete(connection)) this.#inFlight.over()
  }

  /** Resolves when none is left; those that are left after `limitMs` are closed. @returns how many were closed */
  async quiet(limitMs: number): Promise<number> {
    const left = await this.#inFlight.quiet(limitMs)
    this.closeAll(`drained: still open after ${limitMs} ms`)
    return left
  }

  closeAll(reason: string): void {
    for (const connection of this.#open) connection.close(reason)
  }
}
