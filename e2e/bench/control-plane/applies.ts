/**
 * One changed VirtualService after the other, each from the operator's request to the answer that all who need it run it; then who has received what, by
 * the word of the sidecars and by that of NATS.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { deliveredBetween, deliveriesOf } from './deliveries.ts'
import type { Fleet } from './fleet.ts'
import { callersOf, serviceAt, virtualService, type MeshSize } from './large-mesh.ts'
import type { Stage } from './stage.ts'

export interface Applies {
  /** Request to answer, ms. */
  readonly acknowledgedMs: readonly number[]
  /** Request to everything in the bucket, ms. */
  readonly publishedMs: readonly number[]
  /** Sidecars that each change concerned. */
  readonly concerned: number
  /** Snapshots that arrived where they were needed, and all others. */
  readonly needed: number
  readonly notNeeded: number
  /** Messages of NATS under keys that were not changed. */
  readonly otherMessages: number
  /** Keys that sidecars watch. */
  readonly watches: number
}

/** @param indices of the services whose VirtualServices change, in turn */
export async function measureApplies(
  { stage, fleet, size }: { stage: Stage; fleet: Fleet; size: MeshSize },
  indices: readonly number[],
  say: (line: string) => void,
): Promise<Applies> {
  const [acknowledgedMs, publishedMs]: [number[], number[]] = [[], []]
  await fleet.arrivals()
  const before = await deliveriesOf(stage.nats.monitorPort)
  const concerned = new Set<number>()
  for (const [turn, index] of indices.entries()) {
    // Another timeout each time: the same again would be no change.
    const seconds = 11 + (turn % 1_000)
    const began = performance.now()
    const { rollout } = await stage.operator.apply(virtualService(index, seconds), '10s')
    acknowledgedMs.push(performance.now() - began)
    if (rollout === undefined || rollout.acknowledgedMs === null || rollout.refused.length > 0)
      throw new Error(`change ${turn} of service ${index} was not acknowledged: ${JSON.stringify(rollout)}`)
    publishedMs.push(rollout.publishedMs ?? Infinity)
    concerned.add(rollout.concerned)
    if (turn % 20 === 19) say(`  ${turn + 1} of ${indices.length} changes`)
  }
  await sleep(1_000)
  const counts = countArrivals(await fleet.arrivals(), size, new Set(indices))
  const expected = new Set(indices.flatMap((index) => keysOf(index, size)))
  const delivered = deliveredBetween(before, await deliveriesOf(stage.nats.monitorPort))
  const other = [...delivered].filter(([key]) => !expected.has(key))
  return {
    acknowledgedMs,
    publishedMs,
    concerned: Math.max(...concerned),
    ...counts,
    otherMessages: other.reduce((sum, [, count]) => sum + count, 0),
    watches: before.watches,
  }
}

/** Under which a change of the service's VirtualService is published: one key for each namespace that calls it. */
function keysOf(index: number, size: MeshSize): string[] {
  const { host } = serviceAt(index)
  const namespaces = (callersOf(size).get(index) ?? []).map((sidecar) => serviceAt(sidecar).namespace)
  return [...new Set(namespaces)].map((namespace) => `outbound.${namespace}.${host}`)
}

function countArrivals(
  { received }: Awaited<ReturnType<Fleet['arrivals']>>,
  size: MeshSize,
  changed: ReadonlySet<number>,
): { needed: number; notNeeded: number } {
  const callers = callersOf(size)
  let [needed, notNeeded] = [0, 0]
  for (const [sidecar, byKey] of Object.entries(received)) {
    const { namespace } = serviceAt(Number(sidecar))
    const own = [...changed].filter((index) => callers.get(index)?.includes(Number(sidecar)))
    const wanted = new Set(own.map((index) => `outbound.${namespace}.${serviceAt(index).host}`))
    for (const [key, count] of Object.entries(byKey)) {
      if (wanted.has(key)) needed += count
      else notNeeded += count
    }
  }
  return { needed, notNeeded }
}
