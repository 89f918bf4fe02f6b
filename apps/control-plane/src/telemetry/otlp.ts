/**
 * OTLP/HTTP with JSON (opentelemetry-proto, "JSON Protobuf Encoding"): ids in hexadecimal, enums as numbers, 64-bit numbers as text. Only what
 * is shown is read; fields that are not known are ignored, as the protocol demands of a receiver.
 */
import { TraceSpan } from '@meshmart/contracts'
import { z } from 'zod'

const MAX_ATTRIBUTES = 64
const MAX_ATTRIBUTE_LENGTH = 1_024
const STATUS_ERROR = 2
const kinds = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const

const AnyValue = z.object({
  stringValue: z.string().optional(),
  boolValue: z.boolean().optional(),
  intValue: z.union([z.string().regex(/^-?\d+$/), z.number()]).optional(),
  doubleValue: z.number().optional(),
})
const Attributes = z.array(z.object({ key: z.string().max(256), value: AnyValue })).max(1_000)
const nanoseconds = z.union([z.string().regex(/^\d{1,20}$/), z.int().nonnegative().transform(String)])

const Span = z.object({
  traceId: z
    .string()
    .toLowerCase()
    .regex(/^(?!0{32})[0-9a-f]{32}$/, 'must be 32 hexadecimal digits, not all zero'),
  spanId: z
    .string()
    .toLowerCase()
    .regex(/^(?!0{16})[0-9a-f]{16}$/, 'must be 16 hexadecimal digits, not all zero'),
  parentSpanId: z
    .string()
    .toLowerCase()
    .regex(/^([0-9a-f]{16})?$/, 'must be empty or 16 hexadecimal digits')
    .default(''),
  name: z.string().max(256),
  kind: z.int().min(0).max(5).default(0),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds,
  attributes: Attributes.default([]),
  status: z.object({ code: z.int().optional() }).optional(),
})
export const ExportTraceServiceRequest = z.object({
  resourceSpans: z
    .array(
      z.object({
        resource: z.object({ attributes: Attributes.default([]) }).default({ attributes: [] }),
        scopeSpans: z.array(z.object({ spans: z.array(Span).default([]) })).default([]),
      }),
    )
    .default([]),
})
export type ExportTraceServiceRequest = z.infer<typeof ExportTraceServiceRequest>

type AttributeValue = string | number | boolean

/** The spans of an export request, as `Trace` of contracts answers them. Arrays and maps as attribute values are left out. */
export function readSpans(request: ExportTraceServiceRequest): TraceSpan[] {
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const about = mapAttributes(resource.attributes)
    const texts = Object.fromEntries(Object.entries(about).map(([key, value]) => [key, String(value)]))
    return scopeSpans.flatMap(({ spans }) =>
      spans.map(({ status, kind, attributes, ...span }) => ({
        ...span,
        kind: kinds[kind] ?? 'internal',
        error: status?.code === STATUS_ERROR,
        attributes: mapAttributes(attributes),
        resource: texts,
      })),
    )
  })
}

function mapAttributes(attributes: z.infer<typeof Attributes>): Record<string, AttributeValue> {
  const values: [string, AttributeValue][] = []
  for (const { key, value } of attributes.slice(0, MAX_ATTRIBUTES)) {
    const read =
      value.stringValue?.slice(0, MAX_ATTRIBUTE_LENGTH) ?? value.boolValue ?? value.doubleValue ?? value.intValue
    if (read !== undefined) values.push([key, read === value.intValue ? Number(read) : read])
  }
  return Object.fromEntries(values)
}
