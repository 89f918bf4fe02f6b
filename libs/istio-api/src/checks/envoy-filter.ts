/**
 * An EnvoyFilter's own rules: which match belongs to what is patched. The kind is refused as a whole; what is wrong with it is said all the
 * same. What stands in `patch.value` is Envoy's, and not looked at.
 */
import type { Findings } from '../problem.ts'
import type { EnvoyFilterSpec, FieldPath } from '../resource.ts'
import { checkTargets, checkWorkloadSelector } from './selectors.ts'
import { checkPort, checkRegex } from './values.ts'

type PatchSpec = NonNullable<EnvoyFilterSpec['configPatches']>[number]
type MatchSpec = NonNullable<PatchSpec['match']>
type FilterSpec = NonNullable<NonNullable<NonNullable<MatchSpec['listener']>['filterChain']>['filter']>

/** Which part of a match each kind of object has. */
const PART_OF: Readonly<Record<string, 'listener' | 'routeConfiguration' | 'cluster'>> = {
  LISTENER: 'listener',
  FILTER_CHAIN: 'listener',
  NETWORK_FILTER: 'listener',
  HTTP_FILTER: 'listener',
  ROUTE_CONFIGURATION: 'routeConfiguration',
  VIRTUAL_HOST: 'routeConfiguration',
  HTTP_ROUTE: 'routeConfiguration',
  CLUSTER: 'cluster',
}
const PARTS = ['listener', 'routeConfiguration', 'cluster', 'waypoint'] as const
const CONNECTION_MANAGERS = ['envoy.filters.network.http_connection_manager', 'envoy.http_connection_manager']
const LONGEST_VERSION = 1024

export function checkEnvoyFilter(spec: EnvoyFilterSpec, findings: Findings): void {
  checkWorkloadSelector(spec.workloadSelector, ['spec', 'workloadSelector'], findings)
  if (spec.targetRefs !== undefined) checkTargets({ targetRefs: spec.targetRefs }, findings)
  if (spec.workloadSelector !== undefined && spec.targetRefs !== undefined) {
    findings.error(['spec', 'targetRefs'], 'must not stand beside workloadSelector')
  }
  for (const [index, patch] of (spec.configPatches ?? []).entries()) {
    checkPatch(patch, ['spec', 'configPatches', index], findings)
  }
}

function checkPatch({ applyTo = 'INVALID', match, patch }: PatchSpec, path: FieldPath, findings: Findings): void {
  const isWaypoint = match?.context === 'WAYPOINT'
  if (match !== undefined && isWaypoint !== (match.waypoint !== undefined)) {
    findings.error([...path, 'match', 'waypoint'], 'belongs to context WAYPOINT, and is needed there')
  }
  checkPort(match?.waypoint?.portNumber, [...path, 'match', 'waypoint', 'portNumber'], findings)
  if (isWaypoint) return
  const operation = patch?.operation ?? 'INVALID'
  if (applyTo === 'INVALID') findings.error([...path, 'applyTo'], 'must say what is patched')
  if (operation === 'INVALID') findings.error([...path, 'patch', 'operation'], 'must say how it is patched')
  else if (operation !== 'REMOVE' && patch?.value === undefined) {
    findings.error([...path, 'patch', 'value'], `is needed for operation ${operation}`)
  }
  if (match !== undefined) checkMatch(applyTo, match, [...path, 'match'], findings)
}

function checkMatch(applyTo: string, match: MatchSpec, path: FieldPath, findings: Findings): void {
  const version = match.proxy?.proxyVersion ?? ''
  if (version.length > LONGEST_VERSION) findings.advise([...path, 'proxy', 'proxyVersion'], 'is too long to be heard')
  else if (version !== '') checkRegex(version, [...path, 'proxy', 'proxyVersion'], findings)
  const wanted = PART_OF[applyTo]
  const given = PARTS.filter((part) => match[part] !== undefined)
  if (wanted !== undefined && given.length > 0 && !given.includes(wanted)) {
    findings.error([...path, given[0] ?? ''], `must be ${wanted} where ${applyTo} is patched`)
  }
  const filter = match.listener?.filterChain?.filter
  if (wanted === 'listener' && filter !== undefined) {
    checkFilter(applyTo, filter, [...path, 'listener', 'filterChain', 'filter'], findings)
  }
}

function checkFilter(applyTo: string, filter: FilterSpec, path: FieldPath, findings: Findings): void {
  if (applyTo === 'LISTENER' || applyTo === 'FILTER_CHAIN') findings.advise(path, `has no effect with ${applyTo}`)
  const { name = '', subFilter } = filter
  if (name === '') findings.error([...path, 'name'], 'must name a filter')
  else if (subFilter !== undefined) {
    if (applyTo !== 'HTTP_FILTER') findings.error([...path, 'subFilter'], 'belongs to applyTo: HTTP_FILTER')
    else if (!CONNECTION_MANAGERS.includes(name)) {
      findings.error([...path, 'name'], `must be ${CONNECTION_MANAGERS[0]} where a subFilter is matched`)
    } else if ((subFilter.name ?? '') === '') findings.error([...path, 'subFilter', 'name'], 'must name a filter')
  }
}
