/**
 * What one connection may cost. The values are Envoy's where Envoy has one (its connection manager and its guide for the edge), because users of Istio know
 * them; where Envoy's default is "no limit", Node's or a bounded one stands here: a limit that is missing is an attack that works.
 */
export interface Http1Limits {
  /** Bytes of a whole head, start line and final empty line included. More is 431, or 414 where the request line alone is longer. Also bounds trailers. */
  readonly maxHeadBytes: number
  /** Field lines of a head. More is 431. Also bounds trailers. */
  readonly maxFields: number
  /** Bytes of all chunk extensions of one message together. */
  readonly maxChunkExtensionBytes: number
  /** Milliseconds from the first byte of a head to its end: 408 (slowloris). */
  readonly headTimeoutMs: number
  /** Milliseconds from the first byte of a head to the last byte of the body: 408. 0: none. */
  readonly requestTimeoutMs: number
  /** Milliseconds that a connection may wait for its next request. */
  readonly idleTimeoutMs: number
  /** Milliseconds without a byte in either direction while a request is under way (a peer that does not read or does not send). */
  readonly streamIdleTimeoutMs: number
  /**
   * High watermark of what is written and not yet taken by the kernel: from here on `write` answers false. Envoy's default is 1 MiB; what waits in a
   * process of ours is garbage-collected memory, and 32 slow readers with 1 MiB each cost more CPU time than their bytes.
   */
  readonly bufferedBytes: number
  /** Connections of one listener; the listener counts them. */
  readonly maxConnections: number
}

export const DEFAULT_LIMITS: Http1Limits = {
  maxHeadBytes: 60 * 1024,
  maxFields: 100,
  maxChunkExtensionBytes: 16 * 1024,
  headTimeoutMs: 10_000,
  requestTimeoutMs: 300_000,
  idleTimeoutMs: 3_600_000,
  streamIdleTimeoutMs: 300_000,
  bufferedBytes: 64 * 1024,
  maxConnections: 50_000,
}

export type ProtocolStatus = 400 | 408 | 413 | 414 | 431 | 501 | 505

/** What came is not HTTP/1.1 as RFC 9110 and 9112 have it, or more than the limits allow. `reason` says in words what is wrong, for the access log. */
export class ProtocolError extends Error {
  readonly reason: string
  readonly status: ProtocolStatus

  constructor(status: ProtocolStatus, reason: string) {
    super(reason)
    this.name = 'ProtocolError'
    this.status = status
    this.reason = reason
  }
}
