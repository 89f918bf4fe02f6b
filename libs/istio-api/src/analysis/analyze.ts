/**
 * Analysis: what can only be seen with all resources side by side. One implementation serves `meshctl analyze`, the control plane at apply
 * and the console.
 */
import type { ReadMesh } from '../kubernetes/read-mesh.ts'
import type { Problem, ProblemCode } from '../problem.ts'
import type { Analyzer } from './analyzer.ts'
import { ANALYZERS } from './analyzers.ts'
import { documentationUrl, isCode, messageType, MESSAGES, type Code } from './catalogue.ts'
import { AnalysisContext, type AnalysisInput } from './context.ts'
import { FindingList, sorted, type Finding } from './finding.ts'
import type { Level } from './message.ts'

/** What the resources say together; what is wrong with each alone was said when it was read. */
export function analyzeTogether(input: AnalysisInput, analyzers: readonly Analyzer[] = ANALYZERS): Finding[] {
  const context = new AnalysisContext(input)
  const list = new FindingList()
  for (const analyzer of analyzers) analyzer(context, list.report)
  return sorted(list.findings)
}

export interface AnalyzeOptions {
  readonly servicesKnown: boolean
}

/** Everything that there is to say about files: what is wrong with each document, and what they say together. */
export function analyzeFiles(mesh: ReadMesh, { servicesKnown }: AnalyzeOptions): Finding[] {
  const together = analyzeTogether({
    resources: [...mesh.resources, ...mesh.refused],
    kubernetes: mesh.kubernetes,
    registered: [],
    servicesKnown,
  })
  // That a place has no effect adds nothing where analysis says why.
  const explained = new Set(together.map(({ origin, path }) => `${origin} ${path}`))
  const alone = mesh.problems.filter(({ code, resource, path }) => {
    return code !== 'ineffective' || !explained.has(`${resource} ${path}`)
  })
  return sorted([...alone.map(findingOf), ...together])
}

/** A problem that a reader found, under the code that the catalogue has for it. */
function findingOf({ severity, code: why, resource, path, file, line, column, message }: Problem): Finding {
  const code = CODES[why]
  const said = path === '' ? message : `${path}: ${message}`
  const text = code === 'MM0006' || code === 'MM0007' ? said : MESSAGES[code].text(said)
  const level = severity === 'error' ? 'Error' : messageType(code).level
  return { code, level, origin: resource, message: text, path, file, line, column }
}

const CODES = {
  syntax: 'IST0106',
  invalid: 'IST0106',
  refused: 'MM0007',
  ineffective: 'MM0006',
  advice: 'IST0133',
} as const satisfies Readonly<Record<ProblemCode, Code>>

/** The message of the catalogue that a problem is, as analysis would list it. */
export function messageOf({ code: why, finding }: Problem): {
  readonly code: Code
  readonly name: string
  readonly level: Level
  readonly documentationUrl: string
} {
  const code = finding !== undefined && isCode(finding) ? finding : CODES[why]
  const { name, level } = messageType(code)
  return { code, name, level, documentationUrl: documentationUrl(code) }
}

/** As whoever applies sees it: an error only where the resource cannot be applied. */
export function problemOf({ code, origin, path, file, line, column, message }: Finding): Problem {
  const place = { resource: origin, path, file, line, column }
  return messageType(code).refuses === true
    ? { severity: 'error', code: 'invalid', finding: code, ...place, message }
    : { severity: 'warning', code: 'ineffective', finding: code, ...place, message }
}
