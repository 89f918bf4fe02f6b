/**
 * `Telemetry`: what is logged, traced and counted, apart for what a workload serves (server) and what it calls (client). The root namespace's resource is read
 * first, then the namespace's, then those that select the workload; each later word takes the place of an earlier one. Nothing comes out where nobody
 * has said anything: then the process's own settings hold. There is one log, one trace store and one page of figures here, so that providers are
 * known by name and merged into one answer. Source: pilot/pkg/model/telemetry.go.
 */
import type { CustomTag, MetricOverride, TelemetryMode, TelemetryPolicy } from '@meshmart/mesh-policy'
import type { MeshConfigSpec } from '../mesh-config/mesh-config-spec.ts'
import type { ResourceOf, Specs } from '../resource.ts'
import type { PreparedModel } from './model.ts'
import { hasSelector } from './selection.ts'
import { carries, type Labels } from './workload.ts'

type TelemetrySpec = Specs['Telemetry']
type AccessLoggingSpec = NonNullable<TelemetrySpec['accessLogging']>[number]
type MetricsSpec = NonNullable<TelemetrySpec['metrics']>[number]
type CustomTagsSpec = NonNullable<NonNullable<TelemetrySpec['tracing']>[number]['customTags']>
type Mode = 'CLIENT' | 'SERVER'

/** Stands for the process's own log, trace store and figures, where nobody names another. */
const OWN = 'meshmart'

/** Null where nobody has said anything. */
export function workloadTelemetry(
  model: PreparedModel,
  { namespace, labels }: { namespace: string; labels: Labels },
): TelemetryPolicy | null {
  const levels = levelsFor(model, [namespace], (telemetry) => carries(labels, telemetry.spec.selector?.matchLabels))
  const server = modeFor(levels, model.meshConfig, 'SERVER')
  const client = modeFor(levels, model.meshConfig, 'CLIENT')
  return server === null && client === null ? null : { ...(server && { server }), ...(client && { client }) }
}

/** A gateway is a client in Istio's eyes. In which namespace its process is no Gateway says: what selects its labels counts. */
export function gatewayTelemetry(
  model: PreparedModel,
  { namespaces, labels }: { namespaces: readonly string[]; labels: Labels },
): TelemetryPolicy | null {
  const levels = levelsFor(
    model,
    namespaces,
    (telemetry) => carries(labels, telemetry.spec.selector?.matchLabels),
    true,
  )
  const client = modeFor(levels, model.meshConfig, 'CLIENT')
  return client === null ? null : { client }
}

type Telemetry = ResourceOf<'Telemetry'>

/** From the widest to the narrowest. @param onlySelecting namespace-wide ones are meant for services */
function levelsFor(
  model: PreparedModel,
  namespaces: readonly string[],
  selects: (telemetry: Telemetry) => boolean,
  onlySelecting = false,
): TelemetrySpec[] {
  const wide = (namespace: string) => model.within('Telemetry', namespace).find((each) => !hasSelector(each))
  const others = namespaces.filter((namespace) => namespace !== model.rootNamespace)
  const wider = [model.rootNamespace, ...(onlySelecting ? [] : others)].flatMap((namespace) => wide(namespace) ?? [])
  const own = namespaces.flatMap((namespace) => model.within('Telemetry', namespace))
  return [...wider, ...own.filter((each) => hasSelector(each) && selects(each))].map(({ spec }) => spec)
}

function modeFor(levels: readonly TelemetrySpec[], meshConfig: MeshConfigSpec, mode: Mode): TelemetryMode | null {
  const accessLog = accessLogFor(
    levels.flatMap(({ accessLogging }) => (accessLogging === undefined ? [] : [accessLogging])),
    meshConfig,
    mode,
  )
  const tracing = tracingFor(levels, meshConfig, mode)
  const metrics = metricsFor(
    levels.flatMap((level) => level.metrics ?? []),
    mode,
  )
  if (accessLog === null && tracing === null && metrics === null) return null
  return { ...(accessLog && { accessLog }), ...(tracing && { tracing }), ...(metrics && { metrics }) }
}

const isFor = (written: string | undefined, mode: Mode): boolean =>
  written === undefined || written === 'CLIENT_AND_SERVER' || written === mode
const namesOf = (providers: readonly { readonly name: string }[] | undefined): string[] =>
  (providers ?? []).map(({ name }) => name)

function accessLogFor(
  levels: readonly (readonly AccessLoggingSpec[])[],
  meshConfig: MeshConfigSpec,
  mode: Mode,
): TelemetryMode['accessLog'] | null {
  const byDefault = meshConfig.defaultProviders?.accessLogging ?? [OWN]
  if (levels.every((level) => level.length === 0)) {
    const off = meshConfig.accessLogFile === '' && meshConfig.defaultProviders?.accessLogging === undefined
    return off ? { enabled: false } : null
  }
  const inScope = new Set(providersInScope(levels, byDefault, mode))
  const outcome = new Map<string, { disabled: boolean; filter: string | null }>()
  let inherited: readonly string[] = byDefault
  for (const entry of levels.flat()) {
    const named = namesOf(entry.providers)
    inherited = named.length > 0 ? named : inherited
    if (!isFor(entry.match?.mode, mode)) continue
    for (const provider of inherited) {
      if (!inScope.has(provider)) continue
      outcome.set(provider, { disabled: entry.disabled ?? false, filter: entry.filter?.expression ?? null })
    }
  }
  const enabled = [...outcome.values()].filter(({ disabled }) => !disabled)
  if (enabled.length === 0) return outcome.size === 0 ? null : { enabled: false }
  const filters = enabled.flatMap(({ filter }) => filter ?? [])
  // One log for all of them: a line that any of them wants is written.
  const filter = filters.length < enabled.length ? null : filters.map((each) => `(${each})`).join(' || ')
  return { enabled: true, ...(filter !== null && { filter }) }
}

/** The narrowest level that names any. */
function providersInScope(
  levels: readonly (readonly AccessLoggingSpec[])[],
  byDefault: readonly string[],
  mode: Mode,
): readonly string[] {
  const named = levels.map((level) =>
    level.filter(({ match }) => isFor(match?.mode, mode)).flatMap(({ providers }) => namesOf(providers)),
  )
  return named.findLast((names) => names.length > 0) ?? byDefault
}

function tracingFor(
  levels: readonly TelemetrySpec[],
  meshConfig: MeshConfigSpec,
  mode: Mode,
): TelemetryMode['tracing'] | null {
  const { sampling, customTags } = meshConfig.defaultConfig?.tracing ?? {}
  let reports: boolean | undefined = meshConfig.enableTracing === false ? false : undefined
  let percentage = sampling
  let tags: CustomTagsSpec | undefined = customTags
  for (const entry of levels.flatMap(({ tracing }) => tracing ?? [])) {
    if (!isFor(entry.match?.mode, mode)) continue
    if (entry.providers !== undefined && entry.providers.length > 0) reports = true
    if (entry.disableSpanReporting !== undefined) reports = !entry.disableSpanReporting
    percentage = entry.randomSamplingPercentage ?? percentage
    tags = entry.customTags ?? tags
  }
  const compiled = customTagsOf(tags)
  if (reports !== false && percentage === undefined && compiled.length === 0) return null
  return {
    reports: reports ?? true,
    ...(percentage !== undefined && { samplingPercentage: percentage }),
    ...(compiled.length > 0 && { customTags: compiled }),
  }
}

function customTagsOf(written: CustomTagsSpec | undefined): CustomTag[] {
  return Object.entries(written ?? {}).flatMap(([name, tag]): CustomTag[] => {
    if (tag.literal !== undefined) return [{ name, kind: 'literal', value: tag.literal.value }]
    const { header, environment } = tag
    if (header !== undefined)
      return [{ name, kind: 'header', of: header.name.toLowerCase(), defaultValue: header.defaultValue ?? '' }]
    if (environment === undefined) return []
    return [{ name, kind: 'environment', of: environment.name, defaultValue: environment.defaultValue ?? '' }]
  })
}

export const ISTIO_METRICS = [
  'REQUEST_COUNT',
  'REQUEST_DURATION',
  'REQUEST_SIZE',
  'RESPONSE_SIZE',
  'TCP_OPENED_CONNECTIONS',
  'TCP_CLOSED_CONNECTIONS',
  'TCP_SENT_BYTES',
  'TCP_RECEIVED_BYTES',
] as const

function metricsFor(entries: readonly MetricsSpec[], mode: Mode): TelemetryMode['metrics'] | null {
  let disabled = false
  const overrides = new Map<string, { disabled: boolean; tags: Map<string, string | null> }>()
  for (const { match, disabled: written, tagOverrides } of entries.flatMap((entry) => entry.overrides ?? [])) {
    if (!isFor(match?.mode, mode)) continue
    const all = match?.metric === undefined || match.metric === 'ALL_METRICS'
    if (all && written === true) {
      disabled = true
      continue
    }
    // Istio: whatever speaks of a single metric later takes it all back.
    disabled = false
    for (const metric of ISTIO_METRICS) {
      if (!all && metric !== match.metric) continue
      const override = overrides.get(metric) ?? { disabled: false, tags: new Map<string, string | null>() }
      overrides.set(metric, override)
      if (written !== undefined) override.disabled = written
      for (const [name, { operation, value }] of Object.entries(tagOverrides ?? {})) {
        override.tags.set(name, operation === 'REMOVE' ? null : literalOf(value))
      }
    }
  }
  if (disabled) return { disabled: true }
  const compiled = [...overrides].flatMap(([metric, override]): MetricOverride[] => {
    if (!override.disabled && override.tags.size === 0) return []
    const tags = [...override.tags].map(([name, value]) => ({ name, value }))
    return [{ metric, ...(override.disabled && { disabled: true }), ...(tags.length > 0 && { tags }) }]
  })
  return compiled.length === 0 ? null : { overrides: compiled }
}

/** A tag's value is an expression; here only a text in quotation marks (see `checks/telemetry.ts`). */
function literalOf(value: string | undefined): string {
  const [, single, double] = /^(?:'([^']*)'|"([^"]*)")$/.exec(value ?? '') ?? []
  return single ?? double ?? ''
}
