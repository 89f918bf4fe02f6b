/** Stock kept in step with an external sales channel, such as a marketplace: feeds of what it sold come in, publications of what it may sell go out. */
import { z } from 'zod'
import { Sku } from './catalogue.ts'
import { PieceCount } from './stock.ts'

export const ChannelName = z.string().regex(/^[a-z][a-z0-9-]{1,30}$/)

/** Something that happened over there. `id` is the channel's own, and the key by which it has its effect once. */
export const ChannelMovement = z
  .strictObject({
    id: z.string().regex(/^[\w.:-]{1,64}$/),
    sku: Sku,
    kind: z.enum(['sold', 'returned']),
    quantity: PieceCount,
    /** When it happened, by the channel's clock. */
    movedAt: z.iso.datetime(),
  })
  .meta({ id: 'ChannelMovement' })
export type ChannelMovement = z.infer<typeof ChannelMovement>

const version = z.int().min(1).max(2_147_483_647)

/**
 * Body of `POST /v1/channels/{channel}/feeds` as JSON. As `text/csv` the rows are the body (`id,sku,kind,quantity,movedAt`) and the other two stand in the
 * query. `version` grows with each feed; `until` says up to which moment the channel has told everything, and never goes back.
 */
export const ChannelFeed = z
  .strictObject({ version, until: z.iso.datetime(), movements: z.array(ChannelMovement).max(50_000) })
  .meta({ id: 'ChannelFeed' })
export type ChannelFeed = z.infer<typeof ChannelFeed>

/**
 * `restated`: the channel tells another quantity for a movement than before; the later movement time wins. `short`: it has sold what is not there any more,
 * because somebody else was first; nothing is booked until the channel tells it again and there is stock.
 */
export const ChannelConflict = z
  .strictObject({
    movementId: z.string(),
    sku: Sku,
    reason: z.enum(['restated', 'short']),
    /** Whose word counts now. */
    kept: z.enum(['ours', 'theirs']),
    /** Signed pieces that were booked before, and when they moved; null where nothing was. */
    ours: z.int().nullable(),
    oursAt: z.iso.datetime().nullable(),
    theirs: z.int(),
    theirsAt: z.iso.datetime(),
    feedVersion: version,
  })
  .meta({ id: 'ChannelConflict' })
export type ChannelConflict = z.infer<typeof ChannelConflict>

/** What a feed has done. The same feed again is answered the same. */
export const ChannelFeedOutcome = z
  .strictObject({
    version,
    booked: z.int().min(0),
    /** Told before, with the same content. */
    repeated: z.int().min(0),
    conflicts: z.array(ChannelConflict),
  })
  .meta({ id: 'ChannelFeedOutcome' })
export type ChannelFeedOutcome = z.infer<typeof ChannelFeedOutcome>

/** `GET /v1/channels/{channel}/conflicts?limit=`, newest first. */
export const ChannelConflictList = z
  .strictObject({ items: z.array(ChannelConflict) })
  .meta({ id: 'ChannelConflictList' })
export type ChannelConflictList = z.infer<typeof ChannelConflictList>

/** `POST /v1/channels/{channel}/publications`: what changed since the version before; without a change the last version again. */
export const ChannelPublication = z
  .strictObject({ version: z.int().min(0), lines: z.int().min(0), publishedAt: z.iso.datetime() })
  .meta({ id: 'ChannelPublication' })
export type ChannelPublication = z.infer<typeof ChannelPublication>

/** `GET /v1/channels/{channel}/publications/{version}?limit=&cursor=`; as `text/csv` all lines at once, `sku,available`. */
export const ChannelPublicationPage = z
  .strictObject({
    version,
    items: z.array(z.strictObject({ sku: Sku, available: z.int().min(0) })),
    nextCursor: z.string().nullable(),
  })
  .meta({ id: 'ChannelPublicationPage' })
export type ChannelPublicationPage = z.infer<typeof ChannelPublicationPage>
