/** What of a Telemetry's expressions this mesh understands: CEL is a language, and here is only the part that speaks of one request. */
import { accessFilterProblem } from '@meshmart/mesh-policy'
import type { Findings } from '../problem.ts'
import type { Specs } from '../resource.ts'

type TelemetrySpec = Specs['Telemetry']

export function checkTelemetrySupport(spec: TelemetrySpec, findings: Findings): void {
  for (const [index, { filter }] of (spec.accessLogging ?? []).entries()) {
    const problem = filter?.expression === undefined ? null : accessFilterProblem(filter.expression)
    if (problem === null) continue
    const path = ['spec', 'accessLogging', index, 'filter', 'expression']
    if (isBroken(filter?.expression ?? '')) findings.error(path, `is no expression of CEL: ${problem}`)
    else findings.refuse(path, problem)
  }
  for (const [index, { customTags }] of (spec.tracing ?? []).entries()) {
    for (const [name, tag] of Object.entries(customTags ?? {})) {
      if (tag.literal ?? tag.header ?? tag.environment) continue
      findings.warning(
        ['spec', 'tracing', index, 'customTags', name],
        `${name} has no effect in this version of the mesh: use literal, header or environment`,
      )
    }
  }
  for (const [index, { overrides }] of (spec.metrics ?? []).entries()) {
    for (const [place, { tagOverrides }] of (overrides ?? []).entries()) {
      for (const [name, { operation, value }] of Object.entries(tagOverrides ?? {})) {
        if (operation === 'REMOVE' || /^(?:'[^']*'|"[^"]*")$/.test(value ?? '')) continue
        findings.refuse(
          ['spec', 'metrics', index, 'overrides', place, 'tagOverrides', name, 'value'],
          `must be a text in quotation marks, such as "'a text'": expressions are not supported in this version of the mesh`,
        )
      }
    }
  }
}

/** What no CEL can be: a bracket or a quotation without its end, an operator with nothing behind it. The rest may be CEL that is unknown here. */
function isBroken(expression: string): boolean {
  const bare = expression.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, 'text')
  const open: string[] = []
  for (const character of bare.match(/[()[\]{}]/g) ?? []) {
    if (character in CLOSING) open.push(CLOSING[character] ?? '')
    else if (open.pop() !== character) return true
  }
  return open.length > 0 || /["']/.test(bare) || /^\s*$|[-+*/%<>=!&|?:.,]\s*$/.test(bare)
}
const CLOSING: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }
