/**
 * What a feed does to our books: pure. A movement is booked once, whoever tells it how often. Two words for one movement are a conflict, and the later movement
 * time wins; goods that the channel has sold and that nobody has are a conflict, too, which nobody can win: nothing is booked, and staff see it.
 */
import type { ChannelConflict, ChannelMovement } from '@meshmart/contracts'
import { allocate, type Allocation, type PlacedStock } from '../domain/allocation.ts'

/** What is booked of a movement; quantity 0 where the goods were gone. */
export interface BookedMovement {
  readonly quantity: number
  readonly movedAt: Date
}
export interface Decision {
  readonly movement: ChannelMovement
  /** Signed: what is booked from now on. */
  readonly quantity: number
  /** Signed pieces by warehouse; what is booked now, which may be a difference. */
  readonly moves: readonly Allocation[]
  readonly conflict: Omit<ChannelConflict, 'feedVersion'> | null
  readonly outcome: 'booked' | 'repeated' | 'conflict'
}

/** In the order of movement times, so that of two sales of the last piece the earlier one has it. Changes nothing that it was given. */
export function reconcile(
  movements: readonly ChannelMovement[],
  booked: ReadonlyMap<string, BookedMovement>,
  stock: ReadonlyMap<string, readonly PlacedStock[]>,
): Decision[] {
  const left = new Map(stock)
  const inOrder = movements.toSorted((a, b) => Date.parse(a.movedAt) - Date.parse(b.movedAt) || (a.id < b.id ? -1 : 1))
  return inOrder.map((movement) => {
    const places = left.get(movement.sku) ?? []
    const decision = decide(movement, booked.get(movement.id), places)
    left.set(movement.sku, after(places, decision.moves))
    return decision
  })
}

function decide(
  movement: ChannelMovement,
  before: BookedMovement | undefined,
  places: readonly PlacedStock[],
): Decision {
  const theirs = movement.kind === 'sold' ? -movement.quantity : movement.quantity
  const theirsAt = new Date(movement.movedAt)
  const conflict = (reason: 'restated' | 'short', kept: 'ours' | 'theirs') => ({
    movementId: movement.id,
    sku: movement.sku,
    reason,
    kept,
    ours: before?.quantity ?? null,
    oursAt: before?.movedAt.toISOString() ?? null,
    theirs,
    theirsAt: movement.movedAt,
  })
  const ours = before?.quantity ?? 0
  // Booked as 0 was never booked: it is tried again.
  const isNew = ours === 0
  if (!isNew && theirs === ours && theirsAt.getTime() === before!.movedAt.getTime()) {
    return { movement, quantity: ours, moves: [], conflict: null, outcome: 'repeated' }
  }
  if (!isNew && theirsAt <= before!.movedAt) {
    return { movement, quantity: ours, moves: [], conflict: conflict('restated', 'ours'), outcome: 'conflict' }
  }
  const moves = movesFor(movement.sku, theirs - ours, places)
  if (moves === undefined) {
    return { movement, quantity: ours, moves: [], conflict: conflict('short', 'ours'), outcome: 'conflict' }
  }
  if (isNew) return { movement, quantity: theirs, moves, conflict: null, outcome: 'booked' }
  return { movement, quantity: theirs, moves, conflict: conflict('restated', 'theirs'), outcome: 'conflict' }
}

/** What comes back goes to the first warehouse; what goes out is chosen as for our own customers. Undefined where there is not enough. */
function movesFor(sku: string, change: number, places: readonly PlacedStock[]): Allocation[] | undefined {
  const [first] = places
  if (change === 0) return []
  if (change > 0) return first && [{ sku, warehouse: first.warehouse, quantity: change }]
  if (places.reduce((sum, { available }) => sum + available, 0) < -change) return undefined
  return allocate([{ sku, quantity: -change }], new Map([[sku, places]])).map((part) => ({
    ...part,
    quantity: -part.quantity,
  }))
}

const after = (places: readonly PlacedStock[], moves: readonly Allocation[]): PlacedStock[] =>
  places.map(({ warehouse, available }) => {
    const moved = moves.filter((move) => move.warehouse === warehouse).reduce((sum, { quantity }) => sum + quantity, 0)
    return { warehouse, available: available + moved }
  })
