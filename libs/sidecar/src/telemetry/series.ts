/**
 * Handles that count. They are looked up where something stable begins (a destination is chosen, a peer connects), kept there, and only added to afterwards: the
 * request path makes no key and no label.
 */
import { Histogram } from './histogram.ts'
import { requestLabelText, type PeerLabels } from './labels.ts'

/** Requests of one combination of labels. */
export class RequestSeries {
  readonly labels: string
  count = 0
  readonly duration = new Histogram()
  readonly requestBytes = new Histogram()
  readonly responseBytes = new Histogram()

  constructor(labels: string) {
    this.labels = labels
  }

  observe(milliseconds: number, requestBytes: number, responseBytes: number): void {
    this.count++
    this.duration.observe(milliseconds)
    this.requestBytes.observe(requestBytes)
    this.responseBytes.observe(responseBytes)
  }
}

/** Connections of one combination of labels. Bytes in Istio's sense: received from who connected, sent back to it. */
export class TcpSeries {
  readonly labels: string
  opened = 0
  closed = 0
  sentBytes = 0
  receivedBytes = 0

  constructor(labels: string) {
    this.labels = labels
  }
}

/** Where new series come from; it may refuse, and then gives one that counts what is lost. */
export interface SeriesSource {
  requestSeries(labels: string): RequestSeries
}

/** Everything between the same two ends: one series for each code and flag that has been seen. */
export class RequestFamily {
  readonly #source: SeriesSource
  readonly #peer: PeerLabels
  readonly #plain = new Map<number, RequestSeries>()
  readonly #flagged = new Map<string, Map<number, RequestSeries>>()
  #lastCode = -1
  #last: RequestSeries | null = null

  constructor(source: SeriesSource, peer: PeerLabels) {
    this.#source = source
    this.#peer = peer
  }

  /** @param flags `-` where the mesh has nothing to say */
  of(code: number, flags: string): RequestSeries {
    if (flags !== '-') return this.#ofFlagged(code, flags)
    // Nearly every answer has the code of the one before.
    if (code === this.#lastCode && this.#last !== null) return this.#last
    const series = this.#find(this.#plain, code, flags)
    this.#lastCode = code
    this.#last = series
    return series
  }

  #ofFlagged(code: number, flags: string): RequestSeries {
    let codes = this.#flagged.get(flags)
    if (codes === undefined) this.#flagged.set(flags, (codes = new Map<number, RequestSeries>()))
    return this.#find(codes, code, flags)
  }

  #find(codes: Map<number, RequestSeries>, code: number, flags: string): RequestSeries {
    let series = codes.get(code)
    if (series === undefined) {
      series = this.#source.requestSeries(requestLabelText(this.#peer, code, flags))
      codes.set(code, series)
    }
    return series
  }
}
