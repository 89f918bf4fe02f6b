/** `exportTo`: which namespaces may see a resource. */
import { isDnsLabel } from '../host.ts'
import type { Findings } from '../problem.ts'

/** Whom a DestinationRule with a selector may be shown to, and whether a ServiceEntry may hide from everybody. */
export interface ExportRules {
  readonly namespace: string
  /** `~`: nobody. */
  readonly noneAllowed?: boolean
  /** It is for workloads of its own namespace, and nobody else could use it. */
  readonly onlyOwn?: boolean
}

export function checkExportTo(exportTo: readonly string[] | undefined, rules: ExportRules, findings: Findings): void {
  const written = exportTo ?? []
  const seen = new Set<string>()
  for (const [index, entry] of written.entries()) {
    const path = ['spec', 'exportTo', index]
    const namespace = entry === '.' ? rules.namespace : entry
    if (seen.has(namespace)) findings.error(path, `is there twice: ${JSON.stringify(entry)}`)
    const isKnown = entry === '*' || (entry === '~' ? rules.noneAllowed === true : isDnsLabel(namespace))
    if (isKnown) seen.add(namespace)
    else findings.error(path, `must be *, . or the name of a namespace, is ${JSON.stringify(entry)}`)
  }
  for (const word of ['*', '~']) {
    if (seen.has(word) && written.length > 1) findings.error(['spec', 'exportTo'], `must have nothing beside ${word}`)
  }
  if (rules.onlyOwn === true && seen.size > 0 && (seen.size > 1 || !seen.has(rules.namespace))) {
    findings.error(['spec', 'exportTo'], 'must be . where workloadSelector is given: it is for the own namespace')
  }
}
