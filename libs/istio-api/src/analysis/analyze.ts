/**
 * Analysis: what can only be seen with all resources side by side. One implementation serves `meshctl analyze`, the control plane at apply
 * and the console.
 */
import type { ReadMesh } from '../kubernetes/read-mesh.ts'
import type { Problem } from '../problem.ts'
import { ANALYZERS } from './analyzers.ts'
import { isCode, messageType, MESSAGES, type Code } from './catalogue.ts'
import { AnalysisContext, type AnalysisInput } from './context.ts'
import { FindingList, sorted, type Finding } from './finding.ts'

/** What the resources say together; what is wrong with each alone was said when it was read. */
export function analyzeTogether(input: AnalysisInput): Finding[] {
  const context = new AnalysisContext(input)
  const list = new FindingList()
  for (const analyzer of ANALYZERS) analyzer(context, list.report)
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
  return sorted([...mesh.problems.flatMap(findingOf), ...together])
}

/** A problem that a reader found, under the code that Istio's analyser has for it. */
function findingOf(problem: Problem): Finding[] {
  const { severity, resource, path, file, line, column, message } = problem
  const code = codeOf(problem)
  // Said in Istio's words by the analyser of the same code.
  if (code === 'IST0130') return []
  const said = path === '' ? message : `${path}: ${message}`
  const text = code === 'IST0106' || code === 'IST0133' ? MESSAGES[code].text(said) : said
  const level = severity === 'error' ? 'Error' : messageType(code).level
  return [{ code, level, origin: resource, message: text, path, file, line, column }]
}

function codeOf({ code, severity }: Problem): Code {
  if (code !== undefined && isCode(code)) return code
  return severity === 'error' ? 'IST0106' : 'IST0133'
}

/** As whoever applies sees it: an error only where the resource cannot be applied. */
export function problemOf({ code, origin, path, file, line, column, message }: Finding): Problem {
  const severity = messageType(code).refuses === true ? 'error' : 'warning'
  return { severity, code, resource: origin, path, file, line, column, message }
}
