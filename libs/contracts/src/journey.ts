import { z } from 'zod'

/** One call of an order's journey, with what the two sidecars saw of it. */
export const JourneyHop = z
  .strictObject({
    /** Short names of the caller and of the service that answered. */
    from: z.string(),
    to: z.string(),
    /** The replica that answered, such as `inventory-2`; null where none was reached. */
    replica: z.string().nullable(),
    /** SPIFFE id that the replica proved; null on plain text. */
    identity: z.string().nullable(),
    mtls: z.boolean(),
    method: z.string(),
    path: z.string(),
    status: z.int().nullable(),
    /** 1 for the first try, 2 for the first retry … */
    attempt: z.int().min(1),
    /** Milliseconds after the start of the journey, and how long it took. */
    startMs: z.number(),
    durationMs: z.number(),
    /** Nesting below the gateway: 0 for the public request itself. */
    depth: z.int().min(0),
  })
  .meta({ id: 'JourneyHop' })
export type JourneyHop = z.infer<typeof JourneyHop>

/** `GET /orders/{id}/journey`: how the request that placed the order travelled. `complete` is false while spans still arrive. */
export const Journey = z
  .strictObject({
    orderId: z.uuid(),
    traceId: z.string(),
    durationMs: z.number(),
    complete: z.boolean(),
    hops: z.array(JourneyHop),
  })
  .meta({ id: 'Journey' })
export type Journey = z.infer<typeof Journey>
