/** `tracing` of a Telemetry, ready for spans: how many, whether at all, and what else they say. */
import type { CustomTag, TelemetryMode } from '@meshmart/mesh-policy'

export interface TracingRule {
  /** False: ids travel on, spans are not kept. */
  readonly reports: boolean
  /** Share of the traces that begin here, 0 to 1; null as the settings of the process say. */
  readonly sampling: number | null
  readonly tags: readonly PreparedTag[]
}
export interface PreparedTag {
  readonly name: string
  /** Name of the field whose value it is, in lower case; null where the value is always the same. */
  readonly header: string | null
  /** The value, or what stands for a field that is not there. */
  readonly value: string
}

export const AS_SET: TracingRule = { reports: true, sampling: null, tags: [] }

export function prepareTracing(written: TelemetryMode['tracing']): TracingRule {
  if (written === undefined) return AS_SET
  const { reports, samplingPercentage, customTags = [] } = written
  return {
    reports,
    sampling: samplingPercentage === undefined ? null : samplingPercentage / 100,
    tags: customTags.map(prepareTag),
  }
}

/** The environment of a process does not change. */
function prepareTag(tag: CustomTag): PreparedTag {
  if (tag.kind === 'literal') return { name: tag.name, header: null, value: tag.value }
  if (tag.kind === 'header') return { name: tag.name, header: tag.of, value: tag.defaultValue }
  return { name: tag.name, header: null, value: process.env[tag.of] ?? tag.defaultValue }
}
