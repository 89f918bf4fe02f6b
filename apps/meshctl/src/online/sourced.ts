/** A resource as the control plane tells of it. */
export interface Sourced {
  readonly source: 'folder' | 'applied' | 'kubernetes'
  /** Of the folder. */
  readonly file?: string
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
