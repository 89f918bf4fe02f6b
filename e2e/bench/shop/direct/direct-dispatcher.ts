/** `fetch('http://inventory/…')` to the replicas' plain ports in turn: the least that a program without a mesh has to do. */
import { Dispatcher, errors, Pool } from 'undici'

interface Replicas {
  readonly pools: readonly Pool[]
  next: number
}

export class DirectDispatcher extends Dispatcher {
  readonly #byOrigin: ReadonlyMap<string, Replicas>

  /** @param services ports on loopback by service name */
  constructor(services: Readonly<Record<string, readonly number[]>>) {
    super()
    this.#byOrigin = new Map(
      Object.entries(services).map(([name, ports]) => [
        `http://${name}`,
        { pools: ports.map((port) => new Pool(`http://127.0.0.1:${port}`)), next: 0 },
      ]),
    )
  }

  /** @throws InvalidArgumentError for a service that nobody has named */
  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    const replicas = this.#byOrigin.get(String(options.origin))
    if (replicas === undefined) throw new errors.InvalidArgumentError(`there is no ${String(options.origin)}`)
    const pool = replicas.pools[replicas.next]!
    replicas.next = (replicas.next + 1) % replicas.pools.length
    return pool.dispatch(options, handler)
  }

  override async destroy(): Promise<void> {
    await Promise.all([...this.#byOrigin.values()].flatMap(({ pools }) => pools.map((pool) => pool.destroy())))
  }
}
