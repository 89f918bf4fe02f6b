/**
 * What is written down of connections: Istio's `istio_tcp_*` metrics, and one line of the access log when a connection is over. Bytes of those that stay open are
 * counted from time to time, so that a connection of days is seen before its end.
 * Source: https://istio.io/latest/docs/tasks/observability/metrics/tcp-metrics/
 */
import { clean } from '../telemetry/access-line.ts'
import type { PeerLabels, TcpSeries } from '../telemetry/metrics.ts'
import type { Telemetry } from '../telemetry/telemetry.ts'

/** Istio's `tcpReportingDuration`. */
const REPORT_MS = 15_000

/** Bytes so far: received from who connected, sent back to it. */
export interface ByteCounts {
  readonly bytesReceived: number
  readonly bytesSent: number
}
const NOTHING: ByteCounts = { bytesReceived: 0, bytesSent: 0 }

/** For the line of the access log; `-` where it is not known. */
export interface ConnectionWords {
  /** Where it was meant to go, `host:port`. */
  readonly destination: string
  /** SPIFFE id that the other end of the mesh's TLS proved. */
  readonly peer: string
  readonly upstream: string
  readonly cluster: string
  readonly route: string
  readonly sni: string
}

export class ConnectionRecorder {
  readonly telemetry: Telemetry
  readonly direction: 'inbound' | 'outbound'
  readonly #open = new Set<ConnectionRecord>()
  #timer: NodeJS.Timeout | null = null

  constructor(telemetry: Telemetry, direction: 'inbound' | 'outbound') {
    this.telemetry = telemetry
    this.direction = direction
  }

  begin(labels: PeerLabels, words: ConnectionWords): ConnectionRecord {
    return new ConnectionRecord(this, labels, words)
  }

  watch(record: ConnectionRecord): void {
    this.#open.add(record)
    if (this.#timer !== null) return
    this.#timer = setInterval(() => {
      for (const open of this.#open) open.report()
    }, REPORT_MS)
    this.#timer.unref()
  }

  unwatch(record: ConnectionRecord): void {
    this.#open.delete(record)
    if (this.#open.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }
}

export class ConnectionRecord {
  /** As far as it is known by now. */
  labels: PeerLabels
  words: ConnectionWords
  /** Connections to endpoints that were begun. */
  tries = 0
  readonly #recorder: ConnectionRecorder
  readonly #startedAt = performance.now()
  #counts = NOTHING
  #series: TcpSeries | null = null
  #reportedReceived = 0
  #reportedSent = 0
  #ended = false

  constructor(recorder: ConnectionRecorder, labels: PeerLabels, words: ConnectionWords) {
    this.#recorder = recorder
    this.labels = labels
    this.words = words
  }

  /** Both ends are connected. @param counts read again and again until the end */
  opened(counts: ByteCounts): void {
    this.#counts = counts
    this.#series = this.#seriesOf('-')
    this.#series.opened++
    this.#recorder.watch(this)
  }

  /** The bytes since the last time. */
  report(): void {
    if (this.#series !== null) this.#add(this.#series)
  }

  /** Once. @param flag Envoy's, `-` for a connection that ended in good order */
  ended(flag: string, reason: string): void {
    if (this.#ended) return
    this.#ended = true
    this.#recorder.unwatch(this)
    const series = this.#seriesOf(flag)
    // As Istio: a connection that came to nothing was opened all the same.
    if (this.#series === null) series.opened++
    this.#add(series)
    series.closed++
    this.#writeLine(flag, reason)
  }

  #add(series: TcpSeries): void {
    const { bytesReceived, bytesSent } = this.#counts
    series.receivedBytes += bytesReceived - this.#reportedReceived
    series.sentBytes += bytesSent - this.#reportedSent
    this.#reportedReceived = bytesReceived
    this.#reportedSent = bytesSent
  }

  #seriesOf(responseFlags: string): TcpSeries {
    return this.#recorder.telemetry.metrics.tcp({ ...this.labels, responseFlags })
  }

  #writeLine(flag: string, reason: string): void {
    const { telemetry, direction } = this.#recorder
    if (!telemetry.accessLog.enabled) return
    const { destination, peer, upstream, cluster, route, sni } = this.words
    const { bytesReceived, bytesSent } = this.#counts
    const milliseconds = (performance.now() - this.#startedAt).toFixed(1)
    telemetry.accessLog.append(
      performance.timeOrigin + this.#startedAt,
      `${direction} tcp ${flag} "${clean(reason)}" ${bytesReceived} ${bytesSent} ${milliseconds}ms tries=${this.tries} ` +
        `peer="${clean(peer)}" upstream="${clean(upstream)}" cluster="${clean(cluster)}" route="${clean(route)}" ` +
        `sni="${clean(sni)}" destination="${clean(destination)}"`,
    )
  }
}
