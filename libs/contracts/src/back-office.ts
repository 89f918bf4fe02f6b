/** What staff see of orders beyond what their customers see, what they may ask for, and what the shop as a whole comes to. */
import { z } from 'zod'
import { Money } from './money.ts'
import { Order, orderStates, OrderState } from './order.ts'
import { StaffId } from './stock.ts'

/** `open`: in any state in which the saga still has to do something. */
export const StaffOrderFilter = z.enum(['open', ...orderStates])
export type StaffOrderFilter = z.infer<typeof StaffOrderFilter>

/** Who did something, or asked for it. Whose account it is the gateway alone knows: `name` is null where there is no such account any more. */
export const StaffName = z.strictObject({ id: StaffId, name: z.string().nullable() }).meta({ id: 'StaffName' })
export type StaffName = z.infer<typeof StaffName>

export const StaffOrderRow = z
  .strictObject({
    id: z.uuid(),
    state: OrderState,
    email: z.email(),
    total: Money,
    /** Attempts at the present step that have not settled it. */
    attempts: z.int().min(0),
    /** Nothing more is due. */
    settled: z.boolean(),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'StaffOrderRow' })
export type StaffOrderRow = z.infer<typeof StaffOrderRow>

/** `GET /v1/staff/orders?state=&search=&limit=&cursor=`, newest first. */
export const StaffOrderList = z
  .strictObject({ items: z.array(StaffOrderRow), nextCursor: z.string().nullable() })
  .meta({ id: 'StaffOrderList' })
export type StaffOrderList = z.infer<typeof StaffOrderList>

const stepNames = ['reserve', 'authorise', 'allocate', 'capture'] as const

/** Where the saga of an order stands. */
export const SagaPosition = z
  .strictObject({
    /** The furthest step that may have had an effect elsewhere; null where none can have. */
    step: z.enum(stepNames).nullable(),
    attempts: z.int().min(0),
    dueAt: z.iso.datetime(),
    /** The replica that works on it now. */
    claimedBy: z.string().nullable(),
    finishedAt: z.iso.datetime().nullable(),
    reservationId: z.uuid().nullable(),
    paymentId: z.uuid().nullable(),
  })
  .meta({ id: 'SagaPosition' })
export type SagaPosition = z.infer<typeof SagaPosition>

/** Attempts at one step that settled nothing, those of the same kind together. */
export const UnsettledAttempts = z
  .strictObject({
    state: OrderState,
    /** Null for what is undone where no step can have had an effect, and for a return. */
    step: z.enum(stepNames).nullable(),
    /** `failed`: nobody knows what became of it, it is repeated. `unclear`: the other side does not know yet. `stuck`: it has to be done, and the other side refuses. */
    outcome: z.enum(['failed', 'unclear', 'stuck']),
    reason: z.string(),
    times: z.int().min(1),
    firstAt: z.iso.datetime(),
    lastAt: z.iso.datetime(),
  })
  .meta({ id: 'UnsettledAttempts' })
export type UnsettledAttempts = z.infer<typeof UnsettledAttempts>

export const staffOrderActions = ['cancel', 'return', 'retry'] as const

const staffOrder = {
  order: Order,
  /** `account:<uuid>` or `guest:<uuid>`. */
  customer: z.string(),
  saga: SagaPosition,
  unsettled: z.array(UnsettledAttempts),
}
const actionBy = <Actor extends z.ZodType>(actor: Actor) =>
  z.strictObject({ action: z.enum(staffOrderActions), actor, at: z.iso.datetime() })

/** `GET /v1/staff/orders/{id}` of orders. */
export const StoredStaffOrder = z.strictObject({ ...staffOrder, actions: z.array(actionBy(StaffId)) })
export type StoredStaffOrder = z.infer<typeof StoredStaffOrder>

export const StaffAction = actionBy(StaffName).meta({ id: 'StaffAction' })

/** The same as the gateway tells it, with names. */
export const StaffOrder = z.strictObject({ ...staffOrder, actions: z.array(StaffAction) }).meta({ id: 'StaffOrder' })
export type StaffOrder = z.infer<typeof StaffOrder>

/** As many as fit on a screen and into one answer. */
export const MOST_BUCKETS = 336

/** `GET /v1/staff/figures?bucket=&count=`: the last `count` minutes or hours, by the clock of orders, empty ones too. */
export const ShopFigures = z
  .strictObject({
    bucket: z.enum(['minute', 'hour']),
    points: z.array(
      z.strictObject({
        /** Its beginning. Orders are counted where they were placed, as what they are now. */
        at: z.iso.datetime(),
        placed: z.int().min(0),
        confirmed: z.int().min(0),
        rejected: z.int().min(0),
        cancelled: z.int().min(0),
        /** Of the confirmed ones, without what went back. */
        revenue: Money,
      }),
    ),
  })
  .meta({ id: 'ShopFigures' })
export type ShopFigures = z.infer<typeof ShopFigures>

/** What `npm run audit` found when it looked last. */
export const AuditVerdict = z
  .strictObject({
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime(),
    rules: z.int().min(1),
    orders: z.int().min(0),
    /** How many things were found wrong; 0 is the proof. */
    violationCount: z.int().min(0),
    /** The first of them, with the ids of the guilty. */
    violations: z.array(z.strictObject({ rule: z.string(), says: z.string(), id: z.string(), value: z.string() })),
  })
  .meta({ id: 'AuditVerdict' })
export type AuditVerdict = z.infer<typeof AuditVerdict>

/** `verdict` is null where nobody has ever asked the auditor. */
export const LastAudit = z.strictObject({ verdict: AuditVerdict.nullable() }).meta({ id: 'LastAudit' })
export type LastAudit = z.infer<typeof LastAudit>
