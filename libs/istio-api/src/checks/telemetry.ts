/** What the schema cannot say about a Telemetry: providers that are named, tags that say something, filters that can be read. */
import type { Findings } from '../problem.ts'
import type { FieldPath, TelemetrySpec } from '../resource.ts'
import { checkTargets } from './selectors.ts'
import { checkBetween, checkDuration } from './values.ts'

type MetricsSpec = NonNullable<TelemetrySpec['metrics']>[number]
type TracingSpec = NonNullable<TelemetrySpec['tracing']>[number]
type TagSpec = NonNullable<TracingSpec['customTags']>[string]

export function checkTelemetry(spec: TelemetrySpec, findings: Findings): void {
  checkTargets(spec, findings)
  for (const [index, metrics] of (spec.metrics ?? []).entries())
    checkMetrics(metrics, ['spec', 'metrics', index], findings)
  if ((spec.tracing ?? []).length > 1) findings.advise(['spec', 'tracing'], 'must be a single one; only one is heard')
  for (const [index, tracing] of (spec.tracing ?? []).entries())
    checkTracing(tracing, ['spec', 'tracing', index], findings)
  for (const [index, { providers }] of (spec.accessLogging ?? []).entries()) {
    checkProviders(providers, ['spec', 'accessLogging', index, 'providers'], findings)
  }
}

function checkProviders(
  providers: readonly { readonly name: string }[] | undefined,
  path: FieldPath,
  findings: Findings,
): void {
  for (const [index, { name }] of (providers ?? []).entries()) {
    if (name === '') findings.error([...path, index, 'name'], 'must not be empty')
  }
}

function checkMetrics(metrics: MetricsSpec, path: FieldPath, findings: Findings): void {
  checkProviders(metrics.providers, [...path, 'providers'], findings)
  checkDuration(metrics.reportingInterval, [...path, 'reportingInterval'], findings)
  for (const [index, { match, tagOverrides }] of (metrics.overrides ?? []).entries()) {
    const place = [...path, 'overrides', index]
    if (match?.customMetric === '') findings.error([...place, 'match', 'customMetric'], 'must not be empty')
    for (const [name, { operation = 'UPSERT', value }] of Object.entries(tagOverrides ?? {})) {
      const tag = [...place, 'tagOverrides', name]
      if (name === '') findings.advise([...place, 'tagOverrides'], 'must not have a tag without a name')
      if (operation === 'UPSERT' && (value ?? '') === '') findings.error(tag, 'needs a value for operation UPSERT')
      if (operation === 'REMOVE' && value !== undefined)
        findings.error([...tag, 'value'], 'belongs to operation UPSERT')
    }
  }
}

function checkTracing(tracing: TracingSpec, path: FieldPath, findings: Findings): void {
  checkProviders(tracing.providers, [...path, 'providers'], findings)
  if ((tracing.providers ?? []).length > 1)
    findings.advise([...path, 'providers'], 'must be a single one; only one is heard')
  checkBetween(tracing.randomSamplingPercentage, 0, 100, [...path, 'randomSamplingPercentage'], findings)
  for (const [name, tag] of Object.entries(tracing.customTags ?? {})) {
    if (name === '') findings.error([...path, 'customTags'], 'must not have a tag without a name')
    checkTag(tag, [...path, 'customTags', name], findings)
  }
}

function checkTag(tag: TagSpec, path: FieldPath, findings: Findings): void {
  if (tag.literal?.value === '') findings.error([...path, 'literal', 'value'], 'must not be empty')
  if (tag.header?.name === '') findings.error([...path, 'header', 'name'], 'must not be empty')
  if (tag.environment?.name === '') findings.error([...path, 'environment', 'name'], 'must not be empty')
}
