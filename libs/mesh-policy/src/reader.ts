/**
 * Who reads a snapshot. Conditions on the reader (its labels, its namespace, the port and scheme of its listener) are decided once when the
 * snapshot arrives, so that a request never pays for them.
 */
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

interface ReaderConditions {
  readonly sourceLabels?: Readonly<Record<string, string>>
  readonly sourceNamespace?: string
  readonly port?: number
}

/** False where a match can never fit at this reader. */
export function concernsReader(match: ReaderConditions, reader: Reader): boolean {
  if (match.sourceNamespace !== undefined && match.sourceNamespace !== reader.namespace) return false
  if (match.port !== undefined && reader.port !== undefined && match.port !== reader.port) return false
  for (const [name, value] of Object.entries(match.sourceLabels ?? {})) if (reader.labels[name] !== value) return false
  return true
}
