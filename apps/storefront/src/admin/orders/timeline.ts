/** Everything that happened to an order, from three records, in the order in which it happened. Pure. */
import type { StaffOrder } from '@meshmart/contracts'

type Transition = StaffOrder['order']['history'][number]
type Action = StaffOrder['actions'][number]
type Attempts = StaffOrder['unsettled'][number]

export type Entry =
  | ({ readonly kind: 'transition' } & Transition)
  /** A line of the history that leaves the order in its state. */
  | ({ readonly kind: 'remark' } & Transition)
  | ({ readonly kind: 'action' } & Action)
  | ({ readonly kind: 'attempts'; readonly at: string } & Attempts)

/** What somebody asked for stands before what followed from it at the same moment. */
const rank = { action: 0, attempts: 1, remark: 2, transition: 2 } as const

export function timelineOf({
  order,
  actions,
  unsettled,
}: Pick<StaffOrder, 'order' | 'actions' | 'unsettled'>): Entry[] {
  const entries: Entry[] = [
    ...order.history.map((transition, index, history) => ({
      kind: transition.state === history[index - 1]?.state ? ('remark' as const) : ('transition' as const),
      ...transition,
    })),
    ...actions.map((action) => ({ kind: 'action' as const, ...action })),
    ...unsettled.map((attempts) => ({ kind: 'attempts' as const, at: attempts.firstAt, ...attempts })),
  ]
  return entries.sort((a, b) => Date.parse(a.at) - Date.parse(b.at) || rank[a.kind] - rank[b.kind])
}
