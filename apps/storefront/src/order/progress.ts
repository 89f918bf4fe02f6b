/** What the status line shows: five steps that fill, and how far an order got before it was undone. Pure. */
import { isSettledOrder, type Order, type OrderState } from '@meshmart/contracts'
import type { StatusTone } from '@meshmart/ui'

export const progressSteps = ['received', 'reserved', 'authorised', 'allocated', 'confirmed'] as const
export type ProgressStep = (typeof progressSteps)[number]

export type Step = { step: ProgressStep; status: 'done' | 'active' | 'undone' | 'waiting'; at: string | null }

/** Each step with the time at which it was reached. A step that was reached and then undone says so. */
export function progressOf(order: Pick<Order, 'state' | 'history'>): Step[] {
  // The first time counts: what happens to a confirmed order later, such as a return, leaves it confirmed.
  const reached = new Map(order.history.toReversed().map(({ state, at }) => [state, at]))
  const undone = !progressSteps.some((step) => step === order.state)
  const current = progressSteps.findIndex((step) => step === order.state)
  return progressSteps.map((step, index) => {
    const at = reached.get(step) ?? null
    if (undone) return { step, status: at === null ? 'waiting' : 'undone', at }
    if (index < current || order.state === 'confirmed') return { step, status: 'done', at }
    return { step, status: index === current ? 'active' : 'waiting', at }
  })
}

const tones: Record<OrderState, StatusTone> = {
  received: 'busy',
  reserved: 'busy',
  authorised: 'busy',
  allocated: 'busy',
  confirmed: 'good',
  rejecting: 'warn',
  rejected: 'bad',
  cancelling: 'warn',
  cancelled: 'quiet',
}

export const toneOf = (state: OrderState): StatusTone => tones[state]

/** A confirmed order can be cancelled by its customer; one on its way cannot yet, one that is over no more. */
export const canCancel = (order: Pick<Order, 'state'>): boolean => order.state === 'confirmed'

/** Whether more transitions will come by themselves. */
export const isMoving = (order: Pick<Order, 'state' | 'returns'>): boolean => !isSettledOrder(order)

/** The part of an order's id that people say to each other. */
export const shortId = (id: string): string => id.slice(-6).toUpperCase()
