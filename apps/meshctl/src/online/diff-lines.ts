/** Two documents line by line: the longest common subsequence of their lines, as `diff -u` shows it, whole. */
import type { ResourceChange } from '@meshmart/contracts'
import { formatYaml } from '@meshmart/istio-api'

export function diffLines({ resource, change, before, after }: ResourceChange): string[] {
  const [old, young] = [linesOf(before), linesOf(after)]
  return [`--- ${resource}`, `+++ ${resource} (${change})`, ...edits(old, young)]
}

/** What the control plane adds differs each time and is nobody's change. */
function linesOf(document: unknown): string[] {
  if (document === null || typeof document !== 'object') return []
  const { metadata, ...rest } = document as { metadata?: Record<string, unknown> }
  const { creationTimestamp: _c, generation: _g, resourceVersion: _r, ...own } = metadata ?? {}
  return formatYaml({ metadata: own, ...rest })
    .trimEnd()
    .split('\n')
}

function edits(old: readonly string[], young: readonly string[]): string[] {
  const lengths = Array.from({ length: old.length + 1 }, () => Array.from({ length: young.length + 1 }, () => 0))
  const at = (i: number, j: number): number => lengths[i]?.[j] ?? 0
  for (let i = old.length - 1; i >= 0; i--) {
    for (let j = young.length - 1; j >= 0; j--) {
      lengths[i]![j] = old[i] === young[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const lines: string[] = []
  for (let i = 0, j = 0; i < old.length || j < young.length;) {
    if (i < old.length && j < young.length && old[i] === young[j]) {
      lines.push(`  ${old[i++]}`)
      j++
    } else if (j >= young.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) lines.push(`- ${old[i++]}`)
    else lines.push(`+ ${young[j++]}`)
  }
  return lines
}
