/** Sidecars: whom they select, and that no two mean the same workload. */
import type { Analyzer } from '../analyzer.ts'
import { push, type AnalysisContext, type Of } from '../context.ts'
import type { Report } from '../finding.ts'
import type { Pod } from '../pods.ts'
import { selects, selectorText } from '../selector.ts'
import { isAmbient } from '../sidecar-presence.ts'

type Sidecar = Of<'Sidecar'>

export const sidecarSelectors: Analyzer = (context, report) => {
  const forNamespace = new Map<string, Sidecar[]>()
  const forPod = new Map<Pod, Sidecar[]>()
  for (const sidecar of context.of('Sidecar')) {
    const labels = sidecar.spec.workloadSelector?.labels ?? {}
    if (Object.keys(labels).length === 0) {
      push(forNamespace, sidecar.namespace, sidecar)
      continue
    }
    const pods = context.podsIn(sidecar.namespace).filter((pod) => selects(labels, pod.labels))
    for (const pod of pods) push(forPod, pod, sidecar)
    if (pods.length > 0 || !context.input.servicesKnown || context.hasRegistry) continue
    report('IST0101', sidecar, ['spec', 'workloadSelector', 'labels'], 'selector', selectorText(labels))
  }
  reportPods(forPod, report)
  for (const [namespace, sidecars] of forNamespace) reportNamespace(context, namespace, sidecars, report)
}

function reportPods(forPod: ReadonlyMap<Pod, readonly Sidecar[]>, report: Report): void {
  const told = new Set<Sidecar>()
  for (const [pod, sidecars] of forPod) {
    for (const sidecar of sidecars) {
      if (isAmbient(pod.annotations)) {
        if (!told.has(sidecar))
          report(
            'IST0167',
            sidecar,
            ['metadata', 'name'],
            'selected workload is in ambient mode, the policy has no impact',
          )
        told.add(sidecar)
      } else if (sidecars.length > 1) {
        report('IST0110', sidecar, ['metadata', 'name'], namesOf(sidecars), pod.namespace, pod.name)
      }
    }
  }
}

function reportNamespace(
  context: AnalysisContext,
  namespace: string,
  sidecars: readonly Sidecar[],
  report: Report,
): void {
  if (isAmbientNamespace(context.kubernetes.namespaceLabels(namespace) ?? {})) {
    for (const sidecar of sidecars) {
      report('IST0167', sidecar, ['metadata', 'name'], 'namespace is in ambient mode, the policy has no impact')
    }
    return
  }
  if (sidecars.length < 2) return
  for (const sidecar of sidecars) report('IST0111', sidecar, ['metadata', 'name'], namesOf(sidecars), namespace)
}

const namesOf = (sidecars: readonly Sidecar[]): string[] => sidecars.map(({ name }) => name).toSorted()

/** A label that asks for injection wins. */
function isAmbientNamespace(labels: Readonly<Record<string, string>>): boolean {
  if (labels['istio-injection'] === 'enabled' || (labels['istio.io/rev'] ?? '') !== '') return false
  return labels['istio.io/dataplane-mode'] === 'ambient'
}
