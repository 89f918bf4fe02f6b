/** A resource as the control plane tells of it. */
export interface Sourced {
  readonly source: 'folder' | 'applied' | 'kubernetes'
  /** Of the folder. */
  readonly file?: string
  /** File of the folder whose resource it takes the place of. */
  readonly overrides?: string
  readonly document: Document
}
export interface Document {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly creationTimestamp?: string
    readonly generation?: number
    readonly resourceVersion?: string
  }
  readonly spec?: unknown
}
export interface Revision {
  readonly revision: number
  readonly at: string
  readonly by: string
  readonly action: string
  readonly note?: string
  readonly created: number
  readonly changed: number
  readonly removed: number
  readonly resources: readonly string[]
}

/** Whence it comes, in a few words. */
export function sourceWords({ source, file, overrides }: Sourced): string {
  if (overrides !== undefined) return `${source}, in place of ${overrides}`
  return file ?? source
}
