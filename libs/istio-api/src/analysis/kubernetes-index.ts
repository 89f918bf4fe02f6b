/** Kubernetes objects by kind and name. */
import type { KubernetesObject } from '../kubernetes/kubernetes-object.ts'
import type { KubernetesKind } from '../kubernetes/kubernetes-specs.ts'

type Of<K extends KubernetesKind> = Extract<KubernetesObject, { kind: K }>

export class KubernetesIndex {
  readonly #byKind = new Map<KubernetesKind, KubernetesObject[]>()
  readonly #byName = new Map<string, KubernetesObject>()

  constructor(objects: readonly KubernetesObject[]) {
    for (const object of objects) {
      if (IGNORED_NAMESPACES.has(object.kind === 'Namespace' ? object.name : object.namespace)) continue
      const sameKind = this.#byKind.get(object.kind)
      if (sameKind === undefined) this.#byKind.set(object.kind, [object])
      else sameKind.push(object)
      this.#byName.set(`${object.kind} ${object.namespace}/${object.name}`, object)
    }
  }

  of<K extends KubernetesKind>(kind: K): readonly Of<K>[] {
    // Each list holds one kind, which is what makes this assertion true.
    return (this.#byKind.get(kind) ?? []) as Of<K>[]
  }

  /** @param namespace empty for what has none */
  find<K extends KubernetesKind>(kind: K, namespace: string, name: string): Of<K> | null {
    return (this.#byName.get(`${kind} ${namespace}/${name}`) as Of<K> | undefined) ?? null
  }

  /** Labels of a namespace; null where it is not known. */
  namespaceLabels(name: string): Readonly<Record<string, string>> | null {
    return this.find('Namespace', '', name)?.labels ?? null
  }
}

/** Kubernetes' own: nobody injects anything there. */
const IGNORED_NAMESPACES: ReadonlySet<string> = new Set([
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'local-path-storage',
])
