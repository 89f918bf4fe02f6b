/** `localityLbSetting`: shares that add up, regions that differ; and its successor `zoneAwareLbSetting`. */
import type { LocalityLbSpec, ZoneAwareLbSpec } from '../destination-rule-spec.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'

const TOPOLOGY = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone', 'topology.istio.io/subzone']

/** @param path of the setting itself: a policy has one, and so has the mesh configuration */
export function checkLocalitySetting(setting: LocalityLbSpec, path: FieldPath, findings: Findings): void {
  const { distribute = [], failover = [], failoverPriority = [] } = setting
  if (distribute.length > 0 && failover.length > 0) findings.error(path, 'must have distribute or failover, not both')
  if (failover.length > 0 && failoverPriority.some((label) => TOPOLOGY.includes(label))) {
    findings.error([...path, 'failoverPriority'], 'must not name a label of the topology beside failover')
  }
  for (const [index, { to = {} }] of distribute.entries())
    checkShares(to, [...path, 'distribute', index, 'to'], findings)
  checkLocalities(
    distribute.map(({ from = '' }) => from),
    (index) => [...path, 'distribute', index, 'from'],
    findings,
  )
  checkFailover(setting, path, findings)
}

export function checkZoneAware(setting: ZoneAwareLbSpec, path: FieldPath, findings: Findings): void {
  if ((setting.failoverPriority ?? []).some((label) => TOPOLOGY.includes(label))) {
    findings.error([...path, 'failoverPriority'], 'must not name a label of the topology, which is heard anyway')
  }
  checkFailover(setting, path, findings)
}

/** Where nobody is ever found to be down, nothing ever fails over. */
export function adviseOutlierDetection(
  { failover = [], failoverPriority = [] }: ZoneAwareLbSpec,
  path: FieldPath,
  findings: Findings,
): void {
  if (failover.length === 0 && failoverPriority.length === 0) return
  findings.advise(path, 'has no effect without outlierDetection: nothing ever fails over')
}

function checkShares(to: Readonly<Record<string, number>>, path: FieldPath, findings: Findings): void {
  const shares = Object.entries(to)
  for (const [locality, share] of shares) {
    if (share < 1 || share > 100) findings.error([...path, locality], `must be between 1 and 100, is ${share}`)
  }
  const total = shares.reduce((sum, [, share]) => sum + share, 0)
  if (total !== 100) findings.error(path, `must add up to 100, is ${total}`)
  const names = Object.keys(to)
  checkLocalities(names, (index) => [...path, names[index] ?? ''], findings)
}

/** `region/zone/subzone`, or less of it, or `*` at the end; none of them may contain another. */
function checkLocalities(names: readonly string[], pathOf: (index: number) => FieldPath, findings: Findings): void {
  const before: string[][] = []
  for (const [index, name] of names.entries()) {
    const parts = name.split('/')
    const wanted = parts.length > 3 ? [parts[0] ?? '', parts[1] ?? '', parts.slice(2).join('/')] : parts
    if (wanted.includes('') || name.slice(0, -1).includes('*')) {
      findings.error(pathOf(index), `must be a locality such as region/zone/*, is ${JSON.stringify(name)}`)
    } else if (before.some((other) => overlap(other, wanted))) {
      findings.error(pathOf(index), `overlaps with one before it: ${JSON.stringify(name)}`)
    }
    before.push(wanted)
  }
}

/** As Istio sees it: the one before covers a later one, or names the same region as a whole region that comes later. */
function overlap(before: readonly string[], after: readonly string[]): boolean {
  if (before[0] === '*') return true
  if (before[0] !== after[0]) return false
  if (after.length === 1 || before.length === 1 || before[1] === '*') return true
  if (before[1] !== after[1]) return false
  return after.length === 2 || before.length === 2 || before[2] === '*' || before[2] === after[2]
}

function checkFailover({ failover = [] }: ZoneAwareLbSpec, path: FieldPath, findings: Findings): void {
  for (const [index, { from = '', to = '' }] of failover.entries()) {
    const place = [...path, 'failover', index]
    if (from === to) findings.error(place, 'needs two different regions, from and to')
    else if (from === '' || to === '') findings.refuse(place, 'needs two regions, from and to')
    if (/[/*]/.test(`${from}${to}`)) findings.error(place, 'takes regions only, without zones and wildcards')
  }
}
