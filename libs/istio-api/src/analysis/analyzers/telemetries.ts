/** Telemetries: whom they select, that no two mean the same workload, and who takes their access logs. */
import type { Analyzer } from '../analyzer.ts'
import { push, type Of } from '../context.ts'
import { fieldOf } from '../field-of.ts'
import type { Pod } from '../pods.ts'
import { selects, selectorText } from '../selector.ts'

type Telemetry = Of<'Telemetry'>

export const telemetrySelectors: Analyzer = (context, report) => {
  const forNamespace = new Map<string, Telemetry[]>()
  const forPod = new Map<Pod, Telemetry[]>()
  for (const telemetry of context.of('Telemetry')) {
    const { namespace, spec } = telemetry
    if (spec.selector === undefined) push(forNamespace, namespace, telemetry)
    const labels = spec.selector?.matchLabels ?? {}
    if (Object.keys(labels).length === 0) continue
    const pods = context.podsIn(namespace).filter((pod) => selects(labels, pod.labels))
    for (const pod of pods) push(forPod, pod, telemetry)
    if (pods.length > 0 || !context.input.servicesKnown || context.hasRegistry) continue
    report('IST0101', telemetry, ['spec', 'selector', 'matchLabels'], 'selector', selectorText(labels))
  }
  for (const [pod, telemetries] of forPod) {
    if (telemetries.length < 2) continue
    for (const telemetry of telemetries) {
      report('IST0159', telemetry, ['metadata', 'name'], namesOf(telemetries), pod.namespace, pod.name)
    }
  }
  for (const [namespace, telemetries] of forNamespace) {
    if (telemetries.length < 2) continue
    for (const telemetry of telemetries) {
      report('IST0160', telemetry, ['metadata', 'name'], namesOf(telemetries), namespace)
    }
  }
}

const namesOf = (telemetries: readonly Telemetry[]): string[] => telemetries.map(({ name }) => name).toSorted()

export const telemetryProviders: Analyzer = (context, report) => {
  if (hasDefaultAccessLog(context.meshConfig)) return
  for (const telemetry of context.of('Telemetry')) {
    for (const [index, { disabled, providers }] of (telemetry.spec.accessLogging ?? []).entries()) {
      if (disabled === true || (providers ?? []).length > 0) continue
      report('IST0157', telemetry, ['spec', 'accessLogging', index], telemetry.name, telemetry.namespace)
    }
  }
}

/** `defaultProviders.accessLogging` of the mesh configuration. */
function hasDefaultAccessLog(spec: unknown): boolean {
  const defaults = fieldOf(spec, 'defaultProviders')
  const accessLogging = fieldOf(defaults, 'accessLogging')
  return Array.isArray(accessLogging) && accessLogging.length > 0
}
