/** Lists of Kubernetes, as `kubectl get -o yaml` writes them: each entry is a document of its own, with its place in the file. */
import type { YamlDocument } from './document.ts'
import { isRecord } from './metadata.ts'
import type { FieldPath } from './resource.ts'

/** A `List`, or a `VirtualServiceList`; whatever else it is, the document itself. */
export function itemsOf(document: YamlDocument): YamlDocument[] {
  const { data, origin } = document
  if (!isRecord(data) || typeof data['kind'] !== 'string' || !data['kind'].endsWith('List')) return [document]
  if (!('items' in data)) return [document]
  const { items } = data
  if (!Array.isArray(items)) {
    const position = origin.locate(['items'])
    return [{ data: null, origin, errors: [{ position, message: 'items of a list must be a list' }] }]
  }
  // Entries of a list of one kind may leave out what the list says already.
  const common = data['kind'] === 'List' ? {} : { apiVersion: data['apiVersion'], kind: data['kind'].slice(0, -4) }
  return items.flatMap((item: unknown, index) => {
    const locate = (path: FieldPath) => origin.locate(['items', index, ...path])
    return itemsOf({ data: isRecord(item) ? { ...common, ...item } : item, origin: { ...origin, locate }, errors: [] })
  })
}
