/** Whence a resource comes, in a few words. */
import type { SourcedResource } from '@meshmart/contracts'

export function sourceWords(sourced: SourcedResource): string {
  const { source, file, overrides } = sourced
  const change = changeWords(sourced)
  const words = overrides === undefined ? (file ?? source) : `${source}, in place of ${overrides}`
  return change === undefined ? words : `${words} (${change})`
}

/** What has happened in the folder without effect; undefined where nothing has. */
export function changeWords({ folderChange, document }: SourcedResource): string | undefined {
  if (folderChange === undefined) return undefined
  return `${folderChange} there since: overridden by applied revision ${document.metadata.resourceVersion ?? 'unknown'}`
}
