/** Istio's annotations on Kubernetes objects: known, in their place, and readable. */
import type { Analyzer } from '../analyzer.ts'
import { annotationProblem, ANNOTATIONS, IGNORED_ANNOTATIONS } from '../known-annotations.ts'

const KINDS = ['Namespace', 'Service', 'Pod', 'Deployment'] as const
const INJECT = 'sidecar.istio.io/inject'

export const kubernetesAnnotations: Analyzer = (context, report) => {
  for (const kind of KINDS) {
    for (const object of context.kubernetes.of(kind)) {
      for (const [name, value] of Object.entries(object.annotations)) {
        if (!isOfIstio(name) || IGNORED_ANNOTATIONS.has(name)) continue
        const path = ['metadata', 'annotations', name]
        const known = Object.hasOwn(ANNOTATIONS, name) ? ANNOTATIONS[name] : undefined
        if (known === undefined) {
          report('IST0108', object, path, name)
          continue
        }
        // Whoever has the label as well knows.
        if (known.deprecated === true && !(name === INJECT && object.labels[INJECT] !== undefined)) {
          report('IST0135', object, path, name, name === INJECT ? ` in favor of the "${INJECT}" label` : '')
        }
        if (known.kinds.includes('Any')) continue
        if (!known.kinds.includes(kind)) {
          report('IST0107', object, path, name, known.kinds.join(', '))
          continue
        }
        const problem = annotationProblem(name, value)
        if (problem !== null) report('IST0125', object, path, name, problem)
      }
    }
  }
}

const isOfIstio = (name: string): boolean =>
  name === 'kubernetes.io/ingress.class' || (name.includes('/') && (name.split('/')[0] ?? '').endsWith('istio.io'))
