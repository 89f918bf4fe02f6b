/**
 * What is said in one turn of the event loop leaves as one write: BEGIN, the statements of a transaction and its COMMIT are one packet to PostgreSQL and not five, and
 * a statement is not four. Each write is a system call here and a process that wakes up there.
 */
import { Socket } from 'node:net'

export class GatheringSocket extends Socket {
  #gathers = false

  override write(...said: [unknown, ...unknown[]]): boolean {
    if (!this.#gathers) {
      this.#gathers = true
      this.cork()
      process.nextTick(() => {
        this.#gathers = false
        this.uncork()
      })
    }
    return super.write(...(said as Parameters<Socket['write']>))
  }
}
