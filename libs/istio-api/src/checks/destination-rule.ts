/** What the schema cannot say about a DestinationRule: host, names of subsets, selectors; the policies' values stand beside this file. */
import { isAddress } from '../address.ts'
import type { PortPolicySpec, TrafficPolicySpec } from '../destination-rule-spec.ts'
import { hostProblem, isDnsLabel } from '../host.ts'
import type { Findings } from '../problem.ts'
import type { FieldPath, ResourceOf } from '../resource.ts'
import { checkExportTo } from './export-to.ts'
import { checkLabels, checkSelector } from './selectors.ts'
import { checkPortPolicy } from './traffic-policy.ts'
import { checkHost, checkPort } from './values.ts'

const BLOCKS = ['connectionPool', 'loadBalancer', 'outlierDetection', 'tls'] as const
const MORE_BLOCKS = ['portLevelSettings', 'tunnel', 'proxyProtocol', 'retryBudget'] as const

export function checkDestinationRule(
  { spec, namespace }: Pick<ResourceOf<'DestinationRule'>, 'spec' | 'namespace'>,
  findings: Findings,
): void {
  checkHost(spec.host, ['spec', 'host'], findings, true)
  checkSelector(spec.workloadSelector, ['spec', 'workloadSelector'], findings)
  const onlyOwn = spec.workloadSelector !== undefined
  checkExportTo(spec.exportTo, { namespace, onlyOwn }, findings)
  checkTrafficPolicy(spec.trafficPolicy, ['spec', 'trafficPolicy'], namespace, findings)
  const names = new Set<string>()
  for (const [index, subset] of (spec.subsets ?? []).entries()) {
    const path = ['spec', 'subsets', index]
    if (!isDnsLabel(subset.name)) {
      findings.error([...path, 'name'], `must be a name such as v1, is ${JSON.stringify(subset.name)}`)
    }
    if (names.has(subset.name)) findings.error([...path, 'name'], `must be unique, ${subset.name} is there twice`)
    names.add(subset.name)
    checkLabels(subset.labels, [...path, 'labels'], findings)
    checkTrafficPolicy(subset.trafficPolicy, [...path, 'trafficPolicy'], namespace, findings)
  }
}

function checkTrafficPolicy(
  policy: TrafficPolicySpec | undefined,
  path: FieldPath,
  namespace: string,
  findings: Findings,
): void {
  if (policy === undefined) return
  checkSaysSomething(policy, [...BLOCKS, ...MORE_BLOCKS], path, findings)
  checkPortPolicy(policy, path, namespace, findings)
  checkTunnel(policy, path, findings)
  const seen = new Set<number>()
  for (const [index, settings] of (policy.portLevelSettings ?? []).entries()) {
    const place = [...path, 'portLevelSettings', index]
    const port = settings.port?.number
    if (settings.port === undefined) findings.error([...place, 'port'], 'needs the number of a port')
    else if (port === undefined || port < 1 || port > 65_535) {
      findings.refuse([...place, 'port', 'number'], `must be a port between 1 and 65535, is ${port ?? 'missing'}`)
    }
    if (port !== undefined && seen.has(port))
      findings.refuse([...place, 'port'], `must be unique, ${port} is there twice`)
    if (port !== undefined) seen.add(port)
    checkSaysSomething(settings, BLOCKS, place, findings)
    checkPortPolicy(settings, place, namespace, findings)
  }
}

function checkSaysSomething<T extends TrafficPolicySpec & PortPolicySpec>(
  policy: T,
  fields: readonly (keyof TrafficPolicySpec)[],
  path: FieldPath,
  findings: Findings,
): void {
  if (fields.every((field) => policy[field] === undefined)) findings.error(path, `needs one of ${fields.join(', ')}`)
}

function checkTunnel({ tunnel, proxyProtocol }: TrafficPolicySpec, path: FieldPath, findings: Findings): void {
  if (tunnel === undefined) return
  const place = [...path, 'tunnel']
  if (proxyProtocol !== undefined) findings.error([...path, 'proxyProtocol'], 'must not stand beside tunnel')
  if (!['', 'CONNECT', 'POST'].includes(tunnel.protocol ?? '')) {
    findings.error([...place, 'protocol'], `must be CONNECT or POST, is ${JSON.stringify(tunnel.protocol)}`)
  }
  if (!isAddress(tunnel.targetHost) && hostProblem(tunnel.targetHost) !== null) {
    findings.error([...place, 'targetHost'], `must be a host or an address, is ${JSON.stringify(tunnel.targetHost)}`)
  }
  checkPort(tunnel.targetPort, [...place, 'targetPort'], findings)
}
