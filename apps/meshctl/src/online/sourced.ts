/** Whence a resource comes, in a few words. */
import type { SourcedResource } from '@meshmart/contracts'

export function sourceWords({ source, file, overrides }: SourcedResource): string {
  if (overrides !== undefined) return `${source}, in place of ${overrides}`
  return file ?? source
}
