/**
 * Who reads a snapshot. Conditions on the reader (its labels, its namespace, the port and scheme of its listener) are decided once when the
 * snapshot arrives, so that a request never pays for them.
 */
import type { OutboundSnapshot, OutboundView } from './snapshot.ts'

export interface Reader {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  /** `region/zone/subzone`, may be empty. */
  readonly locality: string
  /** Port that requests come in at; where it is not given, `match.port` is compared with the port of each request's authority. */
  readonly port?: number
  /** What the listener speaks: `https` where it terminates TLS. `http` where it is not given. */
  readonly scheme?: 'http' | 'https'
}

/** What a reader with these labels sees of a host; null where it does not know it. */
export function viewOf(snapshot: OutboundSnapshot, { labels }: Pick<Reader, 'labels'>): OutboundView | null {
  const own = snapshot.viewsFor?.find((each) => isSubset(each.labels, labels))
  const view = own === undefined ? (snapshot.unknown === true ? null : snapshot) : own.view
  if (view?.knownTo === undefined) return view
  return view.knownTo.some((wanted) => isSubset(wanted, labels)) ? view : null
}

function isSubset(wanted: Reader['labels'], labels: Reader['labels']): boolean {
  for (const [name, value] of Object.entries(wanted)) if (labels[name] !== value) return false
  return true
}

interface ReaderConditions {
  readonly sourceLabels?: Readonly<Record<string, string>>
  readonly sourceNamespace?: string
  readonly port?: number
}

/** False where a match can never fit at this reader. */
export function concernsReader(match: ReaderConditions, reader: Reader): boolean {
  if (match.sourceNamespace !== undefined && match.sourceNamespace !== reader.namespace) return false
  if (match.port !== undefined && reader.port !== undefined && match.port !== reader.port) return false
  return isSubset(match.sourceLabels ?? {}, reader.labels)
}
