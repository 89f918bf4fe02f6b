/** Requests without a pause, several at a time, each by its own kind of caller; what came of them is counted. */
import http from 'node:http'
import { call } from './pair.ts'

export class Load {
  /** By method and status, or the code of the error. */
  readonly outcomes = new Map<string, number>()
  #stopped = false
  readonly #agent = new http.Agent({ keepAlive: true })
  readonly #workers: readonly Promise<void>[]

  /** Half of the workers GET, the other half POST; each of them with connections that it keeps. */
  constructor(port: number, workers = 8) {
    this.#workers = Array.from({ length: workers }, (_each, index) => this.#run(port, index % 2 === 0 ? 'GET' : 'POST'))
  }

  get count(): number {
    return [...this.outcomes.values()].reduce((sum, each) => sum + each, 0)
  }
  get failed(): readonly string[] {
    return [...this.outcomes].filter(([what]) => !what.endsWith(' 200')).map(([what, times]) => `${times} × ${what}`)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#workers)
    this.#agent.destroy()
  }

  async #run(port: number, method: string): Promise<void> {
    const body = method === 'GET' ? undefined : 'order'
    while (!this.#stopped) {
      const outcome = await call(port, { method, path: '/load', agent: this.#agent }, body).then(
        ({ status }) => `${method} ${status}`,
        (error: NodeJS.ErrnoException) => `${method} ${error.code ?? error.message}`,
      )
      this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1)
    }
  }
}
