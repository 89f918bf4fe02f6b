/**
 * From what the API gives to the resource that its author wrote: what Kubernetes adds for its own book-keeping goes, what decides between resources stays.
 * What was read once is not read again while the object says the same, so that a status which was written costs nothing.
 */
import type { ResourceDocument } from '@meshmart/contracts'
import { parseDocument, type Problem } from '@meshmart/istio-api'
import { formatName, written } from '../documents.ts'
import type { KubernetesObject } from './api.ts'
import type { WatchedObject } from './informers.ts'
import { apiVersionOf, type WatchedType } from './watched-types.ts'

export interface ReadObject {
  /** `VirtualService shop/reviews` */
  readonly name: string
  readonly type: WatchedType
  /** As it is now, with its status. */
  readonly object: KubernetesObject
  /** The same object as before where its author has changed nothing. */
  readonly document: ResourceDocument
  /** What is wrong with it alone. */
  readonly problems: readonly Problem[]
}

/** Of `kubectl apply`, for itself: it holds the whole resource once more. */
const TOOLS = ['kubectl.kubernetes.io/last-applied-configuration']

export function documentOf(type: WatchedType, { metadata, ...rest }: KubernetesObject): ResourceDocument {
  const { name, namespace = 'default', uid, generation, creationTimestamp, labels, annotations } = metadata
  const kept = Object.entries(isRecord(annotations) ? annotations : {}).filter(([key]) => !TOOLS.includes(key))
  const { status: _status, data, ...own } = rest
  return {
    ...own,
    // Items of a list do not say it.
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    // Beside the mesh configuration its ConfigMap holds what is for others.
    ...(isRecord(data) && { data: Object.fromEntries(Object.entries(data).filter(([key]) => key === 'mesh')) }),
    metadata: {
      name,
      namespace,
      ...(uid !== undefined && { uid }),
      ...(generation !== undefined && { generation }),
      ...(creationTimestamp !== undefined && { creationTimestamp }),
      ...(isRecord(labels) && { labels }),
      ...(kept.length > 0 && { annotations: Object.fromEntries(kept) }),
    },
  }
}

interface Known {
  readonly said: string
  readonly read: ReadObject
}

export class ResourceReader {
  #known = new Map<string, Known>()

  /** @param objects everything that there is now */
  read(objects: readonly WatchedObject[]): ReadObject[] {
    const known = new Map<string, Known>()
    for (const { type, object } of objects) {
      const { namespace = 'default', name: named } = object.metadata
      const name = formatName({ kind: type.kind, namespace, name: named })
      known.set(name, this.#readOne(name, type, object))
    }
    this.#known = known
    return [...known.values()].map(({ read }) => read)
  }

  #readOne(name: string, type: WatchedType, object: KubernetesObject): Known {
    const before = this.#known.get(name)
    if (before?.read.object === object) return before
    const document = documentOf(type, object)
    const said = `${object.metadata.uid} ${written(document)}`
    if (before?.said === said) return { said, read: { ...before.read, object } }
    const { problems } = parseDocument(document, 'kubernetes')
    return { said, read: { name, type, object, document, problems } }
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
