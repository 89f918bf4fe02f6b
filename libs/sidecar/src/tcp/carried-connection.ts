/**
 * One connection that is carried as it is, from its beginning to its line in the log. Until its other end is there nothing is read of it, so that it fills the
 * kernel's buffers and not ours; and whichever way it ends, it ends once.
 */
import type net from 'node:net'
import { RESPONSE_FLAGS, type ResponseFlag } from '@meshmart/mesh-policy'
import { VIA_UPSTREAM } from '../telemetry/access-line.ts'
import type { ConnectionRecord } from './connection-recorder.ts'
import { Relay, type RelayOutcome } from './relay.ts'

export interface CarryLimits {
  /** Without a byte in either direction; 0 is for ever. */
  readonly idleMs: number
  /** Of its whole life, from the moment on when both ends are there; null is for ever. */
  readonly maxDurationMs: number | null
}

export class CarriedConnection {
  readonly downstream: net.Socket
  readonly record: ConnectionRecord
  readonly #over: (connection: CarriedConnection) => void
  #relay: Relay | null = null
  #timer: NodeJS.Timeout | null = null
  #flag: ResponseFlag | null = null
  #ended = false

  /** @param over once, when nothing of it is left */
  constructor(downstream: net.Socket, record: ConnectionRecord, over: (connection: CarriedConnection) => void) {
    this.downstream = downstream
    this.record = record
    this.#over = over
    downstream.on('error', this.#onGone)
    downstream.on('close', this.#onGone)
    if (downstream.destroyed) process.nextTick(this.#onGone)
  }

  get ended(): boolean {
    return this.#ended
  }

  /** It goes nowhere. @param close false where it is told why before it is closed */
  refuse(flag: ResponseFlag, reason: string, close = true): void {
    if (this.#ended || this.#relay !== null) return
    this.#end(flag.code, reason)
    if (close) this.downstream.destroy()
  }

  /** @param upstream open; destroyed where the caller has gone meanwhile @param closed when both ends are closed */
  carry(upstream: net.Socket, rest: Buffer, { idleMs, maxDurationMs }: CarryLimits, closed: () => void): void {
    this.downstream.off('error', this.#onGone)
    this.downstream.off('close', this.#onGone)
    const relay = new Relay(this.downstream, upstream, rest, idleMs, (outcome) => {
      this.#end(this.#flagOf(outcome), outcome.failure ?? VIA_UPSTREAM)
      closed()
    })
    this.#relay = relay
    this.record.opened(relay)
    if (maxDurationMs === null) return
    this.#timer = setTimeout(
      () => this.close(`open for ${maxDurationMs} ms, the limit`, RESPONSE_FLAGS.DT),
      maxDurationMs,
    )
    this.#timer.unref()
  }

  /** This side ends it. */
  close(reason: string, flag: ResponseFlag | null = null): void {
    if (this.#ended) return
    this.#flag = flag
    if (this.#relay !== null) {
      this.#relay.breakOff(reason)
      return
    }
    this.#end(flag?.code ?? '-', reason)
    this.downstream.destroy()
  }

  readonly #onGone = (error?: unknown): void => {
    const why = error instanceof Error ? `the caller: ${error.message}` : 'the caller went away'
    this.#end(RESPONSE_FLAGS.DC.code, `${why} before its connection was there`)
  }

  /** Idle connections are closed without a flag, as by Envoy: that is how most of them end. */
  #flagOf({ side }: RelayOutcome): string {
    if (side === 'upstream') return RESPONSE_FLAGS.UC.code
    return side === 'downstream' ? RESPONSE_FLAGS.DC.code : (this.#flag?.code ?? '-')
  }

  #end(flag: string, reason: string): void {
    if (this.#ended) return
    this.#ended = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.record.ended(flag, reason)
    this.#over(this)
  }
}
