/** The same kind, namespace and name twice: one of them would overwrite the other, and which one is a matter of luck. */
import { Findings, type Problem } from './problem.ts'
import { nameOf, type Resource } from './resource.ts'

/** @param resources of one file or of many @returns an error for each second and later one */
export function duplicateProblems(resources: readonly Resource[]): Problem[] {
  const first = new Map<string, Resource>()
  return resources.flatMap((resource) => {
    const before = first.get(nameOf(resource))
    if (before === undefined) {
      first.set(nameOf(resource), resource)
      return []
    }
    const findings = Findings.about(resource)
    const { line } = before.origin.locate(['metadata', 'name'])
    findings.error(['metadata', 'name'], `is defined twice; the other one is in ${before.origin.file}:${line}`)
    return findings.problems
  })
}
