/** The words that the saga's parts share: where a checkout stands, and what an attempt to move it on can come to. */
import type { Money, OrderState } from '@meshmart/contracts'
import type { OrderedItem, PricedLine } from '../domain/lines.ts'
import type { OpenReturn } from '../domain/returns.ts'
import type { RejectedField, Rejection } from '../domain/rejection.ts'
import type { Stuck } from './stuck.ts'

export const stepNames = ['reserve', 'authorise', 'allocate', 'capture'] as const
export type StepName = (typeof stepNames)[number]

/** Where a checkout stands. `step` is the furthest step that may have had an effect elsewhere; null where none can have. */
export interface Position {
  readonly state: OrderState
  readonly step: StepName | null
  /** Attempts at the present step that have not settled it. */
  readonly attempts: number
  readonly rejection: Rejection | null
}

/** A position together with all that a step needs to know. */
export interface Checkout extends Position {
  readonly orderId: string
  /** What is still wanted of the order, and what that costs: without what goes back or is back. */
  readonly items: readonly OrderedItem[]
  readonly total: Money
  /** What the customer has agreed to pay for all of it; null where they have not said. */
  readonly agreed: Money | null
  readonly cardToken: string
  readonly reservationId: string | null
  readonly paymentId: string | null
  /** The return that is made before anything else of the order moves. */
  readonly returning: OpenReturn | null
}

/** What an attempt has learnt. It is stored whatever else the attempt came to. */
export interface Facts {
  readonly reservationId?: string
  readonly paymentId?: string
  /** Prices at the moment of the reservation: the only ones that count. */
  readonly lines?: readonly PricedLine[]
}

export type Outcome =
  /** The step has had its effect. */
  | { readonly kind: 'done'; readonly facts: Facts }
  /** It is not to be: the other side has definitely refused, or the customer had agreed to something else. A step whose refusal does not stand is undone all the same. */
  | {
      readonly kind: 'refused'
      readonly rejection: Rejection
      readonly fields: readonly RejectedField[]
      readonly facts: Facts
    }
  /** The other side is itself still finding out. Ask again; guess nothing. */
  | { readonly kind: 'unclear'; readonly facts: Facts }
  /** Nobody knows whether the other side did it: repeat the same call, which is safe because each has a key. */
  | { readonly kind: 'failed'; readonly reason: string }
  /** What has to be undone cannot be: the other side has definitely refused that. */
  | Stuck
  /** All that could have been done is undone. */
  | { readonly kind: 'undone' }
