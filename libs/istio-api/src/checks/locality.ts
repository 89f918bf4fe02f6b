/** `localityLbSetting`: shares that add up, regions that differ. */
import type { LocalityLbSpec } from '../destination-rule-spec.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath } from '../resource.ts'

const TOPOLOGY = ['topology.kubernetes.io/region', 'topology.kubernetes.io/zone', 'topology.istio.io/subzone']

/** @param policyPath of the policy that `loadBalancer` stands in */
export function checkLocality(
  setting: LocalityLbSpec | undefined,
  watchesOutliers: boolean,
  policyPath: FieldPath,
  findings: Findings,
): void {
  if (setting === undefined) return
  const path = [...policyPath, 'loadBalancer', 'localityLbSetting']
  checkLocalitySetting(setting, path, findings)
  if (((setting.failover ?? []).length > 0 || (setting.failoverPriority ?? []).length > 0) && !watchesOutliers) {
    findings.warning(path, 'has no effect without outlierDetection: nothing ever fails over')
  }
}

/** @param path of the setting itself: a policy has one, and so has the mesh configuration */
export function checkLocalitySetting(setting: LocalityLbSpec, path: FieldPath, findings: Findings): void {
  const { distribute = [], failover = [], failoverPriority = [] } = setting
  if (distribute.length > 0 && failover.length > 0) findings.error(path, 'must have distribute or failover, not both')
  if (failover.length > 0 && failoverPriority.some((label) => TOPOLOGY.includes(label))) {
    findings.error([...path, 'failoverPriority'], 'must not name a label of the topology beside failover')
  }
  for (const [index, { from, to = {} }] of distribute.entries()) {
    const place = [...path, 'distribute', index]
    if ((from ?? '') === '') findings.error([...place, 'from'], 'must be a locality such as region/zone, or *')
    const shares = Object.entries(to)
    for (const [locality, share] of shares) {
      if (share < 1 || share > 100) findings.error([...place, 'to', locality], `must be between 1 and 100, is ${share}`)
    }
    const total = shares.reduce((sum, [, share]) => sum + share, 0)
    if (total !== 100) findings.error([...place, 'to'], `must add up to 100, is ${total}`)
  }
  for (const [index, { from = '', to = '' }] of failover.entries()) {
    const place = [...path, 'failover', index]
    if (from === '' || to === '' || from === to) findings.error(place, 'needs two different regions, from and to')
    if (/[/*]/.test(`${from}${to}`)) findings.error(place, 'takes regions only, without zones and wildcards')
  }
}
