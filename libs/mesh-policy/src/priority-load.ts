/**
 * How much of the traffic each priority gets: the first one all of it while it is healthy enough, and what it cannot bear spills over to the
 * next. A priority counts as whole while 1/1.4 of it is healthy (overprovisioning). Where all together are not enough, a priority that is
 * below the panic threshold does not believe in its ejections any more. Source: Envoy's `LoadBalancerBase`, "Priority levels" and
 * "Panic threshold"; whole percents, as there.
 */

/** In percent. */
const OVERPROVISIONING = 140

export interface LevelHealth {
  readonly hosts: number
  readonly healthy: number
}
export interface LevelLoad {
  /** 0 to 100; all levels together have 100. */
  readonly percent: number
  /** All of its hosts are used, whether healthy or not. */
  readonly panic: boolean
}

/** What one locality or priority can bear, 0 to 100. */
export function availability({ hosts, healthy }: LevelHealth): number {
  return hosts === 0 ? 0 : Math.min(100, Math.floor((OVERPROVISIONING * healthy) / hosts))
}

/**
 * @param levels best priority first
 * @param panicThreshold in percent; 0 is never
 */
export function priorityLoads(levels: readonly LevelHealth[], panicThreshold: number): LevelLoad[] {
  const available = levels.map(availability)
  const total = Math.min(
    100,
    available.reduce((sum, percent) => sum + percent, 0),
  )
  const panics = levels.map((level) => total < 100 && healthyPercent(level) < panicThreshold)
  const everyone = panics.length > 0 && panics.every((panic) => panic)
  const percents = everyone ? sharesOf(levels.map(({ hosts }) => hosts)) : spillover(available, total)
  return percents.map((percent, index) => ({ percent, panic: panics[index] ?? false }))
}

function spillover(available: readonly number[], total: number): number[] {
  if (total === 0) return available.map((_, index) => (index === 0 ? 100 : 0))
  let left = 100
  const loads = available.map((percent) => {
    const load = Math.min(left, Math.floor((percent * 100) / total))
    left -= load
    return load
  })
  return withRemainder(loads, left, (index) => (available[index] ?? 0) > 0)
}

function sharesOf(hosts: readonly number[]): number[] {
  const total = hosts.reduce((sum, count) => sum + count, 0)
  const loads = hosts.map((count) => Math.floor((100 * count) / total))
  const left = 100 - loads.reduce((sum, load) => sum + load, 0)
  return withRemainder(loads, left, (index) => (hosts[index] ?? 0) > 0)
}

/** What rounding left over goes to the first that can take it. */
function withRemainder(loads: number[], left: number, canTake: (index: number) => boolean): number[] {
  const first = loads.findIndex((_, index) => canTake(index))
  return loads.map((load, index) => (index === first ? load + left : load))
}

function healthyPercent({ hosts, healthy }: LevelHealth): number {
  return hosts === 0 ? 0 : (100 * healthy) / hosts
}
