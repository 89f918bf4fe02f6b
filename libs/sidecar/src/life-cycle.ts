/**
 * The end of a sidecar, the same in every placement: it drains (nobody new comes, what is in flight finishes), then it closes what is left. Each happens once,
 * whoever asks for it and however often; closing drains first where nobody has.
 */
export abstract class LifeCycle {
  protected state: 'starting' | 'open' | 'draining' | 'drained' = 'starting'
  #drained: Promise<void> | null = null
  #closed: Promise<void> | null = null

  drain(): Promise<void> {
    this.#drained ??= this.#drainOnce()
    return this.#drained
  }

  close(): Promise<void> {
    this.#closed ??= this.#closeOnce()
    return this.#closed
  }

  /** Deregisters where that is its business, and resolves when nothing is in flight, or has been for too long. */
  protected abstract finishInFlight(): Promise<void>

  /** After the drain: leaves no handle open. */
  protected abstract closeHandles(): Promise<void>

  async #drainOnce(): Promise<void> {
    this.state = 'draining'
    await this.finishInFlight()
    this.state = 'drained'
  }

  async #closeOnce(): Promise<void> {
    await this.drain()
    await this.closeHandles()
  }
}
