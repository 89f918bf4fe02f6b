/**
 * Connections to one endpoint. Last in, first out: the warmest connection is taken, and what a quiet hour does not need grows cold and is closed.
 */
import type net from 'node:net'
import type { ClientCall, ClientFailure } from './client-call.ts'
import { UpstreamConnection, type ConnectionOwner } from './client-connection.ts'
import { DEFAULT_LIMITS, type Http1Limits } from './limits.ts'
import { clock, unwatch, watch, type Swept } from './sweep.ts'

/**
 * Connections that are being opened at a time. A handshake is dear, and many at once all take as long as the last: a peer that has just come back, and that everybody
 * turns to, would be asked for so many that none was ready within the limit, again and again. Who waits gets the next connection that is free, new or not.
 */
const OPENING_AT_MOST = 8

/** Opens one connection, ready for use (for TLS: after the handshake), and calls `done` once. */
export type Connector = (done: (error: Error | null, socket: net.Socket | null) => void) => void

/** Limits that several pools share: Envoy's circuit breakers are those of a cluster, and a pool is that of one endpoint. */
export interface PoolBreakers {
  /** @param ofPool connections that this pool has, those included that are being opened */
  mayConnect(ofPool: number): boolean
  connectionOpened(): void
  connectionClosed(): void
  mayWait(): boolean
  waitBegan(): void
  waitEnded(): void
}

export interface ClientPoolOptions {
  readonly connect: Connector
  readonly breakers?: PoolBreakers
  /** Connections at a time; without it, as many as there are calls. */
  readonly maxConnections?: number
  /** Calls that wait for a connection, those included for which one is being opened. */
  readonly maxPending?: number
  /** The last call on a connection says `Connection: close`. */
  readonly maxRequestsPerConnection?: number
  readonly idleTimeoutMs?: number
  /** From here on a connection is closed as soon as it is idle. */
  readonly maxConnectionDurationMs?: number
  readonly limits?: Http1Limits
}

export class ClientPool implements ConnectionOwner, Swept {
  readonly #connect: Connector
  readonly #breakers: PoolBreakers | null
  readonly #maxConnections: number
  readonly #maxPending: number
  readonly #maxRequests: number
  readonly #idleTimeoutMs: number
  readonly #maxDurationMs: number
  readonly #limits: Http1Limits
  readonly #all = new Set<UpstreamConnection>()
  /** The warmest is the last. */
  readonly #idle: UpstreamConnection[] = []
  readonly #waiting: ClientCall[] = []
  /** Those of them that want no connection that has served before. */
  readonly #fresh = new Set<ClientCall>()
  #connecting = 0
  #closing = false
  #destroyed = false

  constructor(options: ClientPoolOptions) {
    this.#connect = options.connect
    this.#breakers = options.breakers ?? null
    this.#maxConnections = options.maxConnections ?? Infinity
    this.#maxPending = options.maxPending ?? Infinity
    this.#maxRequests = options.maxRequestsPerConnection ?? Infinity
    this.#limits = options.limits ?? DEFAULT_LIMITS
    this.#idleTimeoutMs = options.idleTimeoutMs ?? this.#limits.idleTimeoutMs
    this.#maxDurationMs = options.maxConnectionDurationMs ?? Infinity
    watch(this)
  }

  /**
   * Failures always through `call.onFailure`, possibly before this returns.
   * @param fresh on a new connection: the second go after the keep-alive race, where every idle connection is in doubt
   */
  request(call: ClientCall, fresh = false): void {
    if (this.#destroyed) {
      call.onFailure(unsent('aborted', 'the pool is closed', null))
      return
    }
    for (let connection = this.#takeIdle(fresh); connection !== undefined; connection = this.#takeIdle(fresh)) {
      if (connection.isUsable(this.#idleTimeoutMs)) {
        connection.assign(call)
        return
      }
      connection.close()
    }
    if (this.#waiting.length >= this.#maxPending || this.#breakers?.mayWait() === false) {
      call.onFailure(unsent('overflow', 'too many requests wait for a connection', null))
      return
    }
    this.#waiting.push(call)
    if (fresh) this.#fresh.add(call)
    this.#breakers?.waitBegan()
    this.#openMore()
  }

  /** Takes a call back, waiting or under way: `onFailure` with kind aborted is called. Without effect on a call that is over. */
  cancel(call: ClientCall): void {
    const place = this.#waiting.indexOf(call)
    if (place !== -1) {
      this.#takeWaiting(place)
      call.onFailure(unsent('aborted', 'cancelled', null))
      return
    }
    for (const connection of this.#all) {
      if (connection.call !== call) continue
      connection.fail('aborted', 'cancelled')
      return
    }
  }

  /** Connections that are open, idle ones included. */
  get connected(): number {
    return this.#all.size
  }

  /** Calls that wait for a connection. */
  get pending(): number {
    return this.#waiting.length
  }

  /** Calls under way. */
  get active(): number {
    return this.#all.size - this.#idle.length
  }

  /** Closes idle connections now and the others when their answer is whole; calls that wait, or come late, are still served. */
  close(): void {
    this.#closing = true
    for (const connection of this.#idle.splice(0)) connection.close()
    this.#rest()
  }

  /** Closes all connections; calls waiting or under way fail with kind aborted. */
  destroy(): void {
    this.#closing = true
    this.#destroyed = true
    for (let call = this.#nextWaiting(); call !== undefined; call = this.#nextWaiting())
      call.onFailure(unsent('aborted', 'the pool is closed', null))
    for (const connection of this.#all) {
      if (connection.call === null) connection.close()
      else connection.fail('aborted', 'the pool is closed')
    }
    this.#rest()
  }

  isLast(connection: UpstreamConnection): boolean {
    return this.#closing || connection.served >= this.#maxRequests || this.#isOld(connection)
  }

  onIdle(connection: UpstreamConnection): void {
    if (this.#closing || this.#isOld(connection)) {
      connection.close()
      return
    }
    const next = this.#fresh.size === 0 ? this.#nextWaiting() : this.#nextOnUsed()
    if (next !== undefined) connection.assign(next)
    else if (this.#fresh.size === 0 || this.#connecting > 0 || this.#mayOpen()) this.#idle.push(connection)
    // Its place is what a call waits for that wants a new one.
    else connection.close()
  }

  onGone(connection: UpstreamConnection): void {
    if (this.#all.delete(connection)) this.#breakers?.connectionClosed()
    const place = this.#idle.lastIndexOf(connection)
    if (place !== -1) this.#idle.splice(place, 1)
    this.#openMore()
    this.#rest()
  }

  sweep(): void {
    // The coldest are first; those behind the first that may stay were used later, but may have promised less.
    for (const connection of this.#idle.slice())
      if (!connection.isUsable(this.#idleTimeoutMs) || this.#isOld(connection)) connection.close()
  }

  #isOld(connection: UpstreamConnection): boolean {
    return clock.now - connection.openedAt > this.#maxDurationMs
  }

  #takeIdle(fresh: boolean): UpstreamConnection | undefined {
    return fresh ? undefined : this.#idle.pop()
  }

  #nextWaiting(): ClientCall | undefined {
    return this.#waiting.length === 0 ? undefined : this.#takeWaiting(0)
  }

  /** For a connection that has served before. */
  #nextOnUsed(): ClientCall | undefined {
    const place = this.#waiting.findIndex((call) => !this.#fresh.has(call))
    return place === -1 ? undefined : this.#takeWaiting(place)
  }

  #takeWaiting(place: number): ClientCall | undefined {
    const [call] = this.#waiting.splice(place, 1)
    if (call === undefined) return undefined
    if (this.#fresh.size > 0) this.#fresh.delete(call)
    this.#breakers?.waitEnded()
    return call
  }

  #mayOpen(): boolean {
    const own = this.#all.size + this.#connecting
    return own < this.#maxConnections && (this.#breakers === null || this.#breakers.mayConnect(own))
  }

  /** As many as there are calls waiting that nobody is opening one for; the others have their turn. */
  #openMore(): void {
    while (this.#connecting < Math.min(this.#waiting.length, OPENING_AT_MOST) && this.#mayOpen()) {
      this.#connecting++
      this.#breakers?.connectionOpened()
      let over = false
      this.#connect((error, socket) => {
        if (over) return
        over = true
        this.#connecting--
        if (socket === null) this.#notConnected(error)
        else if (socket.destroyed) this.#notConnected(new Error('closed as soon as it was open'))
        else this.#connected(socket)
      })
    }
  }

  #connected(socket: net.Socket): void {
    const connection = new UpstreamConnection(socket, this.#limits, this)
    this.#all.add(connection)
    const next = this.#nextWaiting()
    if (next !== undefined) connection.assign(next)
    else if (this.#closing) connection.close()
    else this.#idle.push(connection)
    this.#openMore()
  }

  /** An attempt stands for its share of the calls that wait, so that none of them learns of a silent peer later than another. */
  #notConnected(error: Error | null): void {
    this.#breakers?.connectionClosed()
    const share = Math.ceil(this.#waiting.length / (this.#connecting + 1))
    const calls = Array.from({ length: share }, () => this.#nextWaiting())
    this.#openMore()
    this.#rest()
    for (const call of calls) call?.onFailure(unsent('connect', error?.message ?? 'no connection', error))
  }

  /** A closed pool without work is not swept any more. */
  #rest(): void {
    if (this.#closing && this.#all.size === 0 && this.#connecting === 0 && this.#waiting.length === 0) unwatch(this)
  }
}

function unsent(kind: ClientFailure['kind'], reason: string, cause: Error | null): ClientFailure {
  return { kind, reason, sent: false, reused: false, headReceived: false, cause }
}
