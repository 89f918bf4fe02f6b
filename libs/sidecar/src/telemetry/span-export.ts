/**
 * Sends spans as OTLP/HTTP JSON to the control plane, through the sidecar's own outbound stack and without being traced itself. A batch that cannot be
 * delivered is dropped: traces are worth less than the memory and the retries that they would cost while their store is down.
 */
import { reasonOf, type SidecarLog } from '../log.ts'
import type { MeshSettings } from '../settings.ts'
import type { AttributeValue, Span, SpanKind, Tracer } from './tracer.ts'

const TRACES_URL = 'http://control-plane.meshmart-system/v1/traces'
const BATCH = 512
const INTERVAL_MS = 1000
const TIMEOUT_MS = 5000
/** A process that ends waits no longer than this for a store that does not answer. */
const LAST_TIMEOUT_MS = 500
/** OpenTelemetry's numbers of span kinds. */
const KINDS: Readonly<Record<SpanKind, number>> = { internal: 1, server: 2, client: 3 }

/** Sends a body as POST into the mesh, untraced. @returns the status of the answer. Rejects where there is none */
export type DeliverSpans = (
  url: string,
  headers: readonly (readonly [name: string, value: string])[],
  body: string,
  signal: AbortSignal,
) => Promise<number>

/** To the mesh's own trace store, in the name of this replica. */
export function exportSpans(
  { MESH_WORKLOAD, MESH_NAMESPACE, MESH_INSTANCE }: MeshSettings,
  parts: { readonly tracer: Tracer; readonly deliver: DeliverSpans; readonly log: SidecarLog },
): SpanExporter {
  const resource = new Map([
    ['service.name', MESH_WORKLOAD],
    ['service.namespace', MESH_NAMESPACE],
    ['service.instance.id', MESH_INSTANCE],
  ])
  return new SpanExporter({ ...parts, url: TRACES_URL, resource })
}

export class SpanExporter {
  readonly #tracer: Tracer
  readonly #deliver: DeliverSpans
  readonly #url: string
  readonly #resource: ReadonlyMap<string, AttributeValue>
  readonly #log: SidecarLog
  readonly #timer: NodeJS.Timeout
  #sending: Promise<void> | null = null
  #reported = false

  constructor(options: {
    tracer: Tracer
    deliver: DeliverSpans
    url: string
    resource: ReadonlyMap<string, AttributeValue>
    log: SidecarLog
  }) {
    this.#tracer = options.tracer
    this.#deliver = options.deliver
    this.#url = options.url
    this.#resource = options.resource
    this.#log = options.log
    this.#timer = setInterval(() => void this.#begin(BATCH), INTERVAL_MS)
    this.#timer.unref()
  }

  /** Sends all that waits; never rejects. */
  async flush(): Promise<void> {
    await this.#sending
    await this.#begin(1)
  }

  #begin(enough: number): Promise<void> {
    this.#sending ??= this.#sendOn(enough).finally(() => (this.#sending = null))
    return this.#sending
  }

  /** Sends what still waits, within half a second. */
  async close(): Promise<void> {
    clearInterval(this.#timer)
    let timer: NodeJS.Timeout | null = null
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, LAST_TIMEOUT_MS)))
    await Promise.race([this.flush(), late])
    if (timer !== null) clearTimeout(timer)
  }

  /** Whatever waits, then on while there are `enough`: what ends while a batch is on its way does not each get a request of its own. */
  async #sendOn(enough: number): Promise<void> {
    for (let least = 1; this.#tracer.waiting >= least; least = enough)
      if (!(await this.#send(this.#tracer.take(BATCH)))) return
  }

  async #send(spans: readonly Span[]): Promise<boolean> {
    try {
      const headers = [
        ['content-type', 'application/json'],
        ['idempotency-key', spans[0]?.spanId ?? ''],
      ] as const
      const body = JSON.stringify(toOtlp(spans, this.#resource))
      const status = await this.#deliver(this.#url, headers, body, AbortSignal.timeout(TIMEOUT_MS))
      if (status >= 300) throw new Error(`the trace store answered ${status}`)
      this.#reported = false
      return true
    } catch (error) {
      // Once per outage: a line a second would bury the log of the service.
      if (!this.#reported) this.#log.warn('traces: batch dropped', { spans: spans.length, reason: reasonOf(error) })
      this.#reported = true
      return false
    }
  }
}

/** `ExportTraceServiceRequest` in OTLP's JSON mapping. */
export function toOtlp(spans: readonly Span[], resource: ReadonlyMap<string, AttributeValue>): object {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [{ scope: { name: 'meshmart.sidecar' }, spans: spans.map(spanOf) }],
      },
    ],
  }
}

function spanOf(span: Span): object {
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId === null ? {} : { parentSpanId: span.parentSpanId }),
    name: span.name,
    kind: KINDS[span.kind],
    startTimeUnixNano: nanoseconds(span.startedAt),
    endTimeUnixNano: nanoseconds(span.endedAt),
    attributes: attributesOf(span.attributes),
    status: span.failed ? { code: 2 } : {},
  }
}

function attributesOf(attributes: ReadonlyMap<string, AttributeValue>): object[] {
  return [...attributes].map(([key, value]) => ({ key, value: valueOf(value) }))
}

function valueOf(value: AttributeValue): object {
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'string') return { stringValue: value }
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value }
}

function nanoseconds(milliseconds: number): string {
  // Whole microseconds since 1970 are exact numbers; nanoseconds are not.
  return `${Math.round(milliseconds * 1000)}000`
}
