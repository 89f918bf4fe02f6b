/**
 * `fetch('http://inventory/…')` to the replicas' plain ports in turn: the least that a program without a mesh has to do. The acquirer is another company: to it
 * everybody speaks TLS, with a mesh or without.
 */
import { readFileSync } from 'node:fs'
import { Dispatcher, errors, Pool } from 'undici'

export interface DirectWiring {
  /** Ports on loopback by service name. */
  readonly services: Readonly<Record<string, readonly number[]>>
  readonly outside: { readonly host: string; readonly port: number; readonly caFile: string }
}

interface Replicas {
  readonly pools: readonly Pool[]
  next: number
}

export class DirectDispatcher extends Dispatcher {
  readonly #byOrigin: ReadonlyMap<string, Replicas>

  constructor({ services, outside }: DirectWiring) {
    super()
    const { host, port, caFile } = outside
    const connect = { ca: readFileSync(caFile), servername: host }
    this.#byOrigin = new Map([
      ...Object.entries(services).map(([name, ports]): [string, Replicas] => [
        `http://${name}`,
        { pools: ports.map((each) => new Pool(`http://127.0.0.1:${each}`)), next: 0 },
      ]),
      [`http://${host}`, { pools: [new Pool(`https://127.0.0.1:${port}`, { connect })], next: 0 }],
    ])
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
