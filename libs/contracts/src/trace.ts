import { z } from 'zod'

/** One span as the control plane's trace store answers it. Times are nanoseconds since 1970 in decimal (OTLP/JSON). */
export const TraceSpan = z.object({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z.string(),
  name: z.string(),
  kind: z.enum(['internal', 'server', 'client', 'producer', 'consumer']),
  startTimeUnixNano: z.string().regex(/^\d+$/),
  endTimeUnixNano: z.string().regex(/^\d+$/),
  error: z.boolean(),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** Resource attributes: `service.name`, `service.namespace`, `service.instance.id`. */
  resource: z.record(z.string(), z.string()),
})
export type TraceSpan = z.infer<typeof TraceSpan>

/** `GET /v1/traces/{traceId}` of the control plane: all spans known of the trace, oldest first. */
export const Trace = z.object({ traceId: z.string(), spans: z.array(TraceSpan) })
export type Trace = z.infer<typeof Trace>
