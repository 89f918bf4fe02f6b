/** An analyser looks at everything and reports. Each is a file; `analyzers.ts` lists them. */
import type { Kind } from '../resource.ts'
import type { AnalysisContext, Of } from './context.ts'
import type { Report } from './finding.ts'

export type Analyzer = (context: AnalysisContext, report: Report) => void

/**
 * One that looks at each resource alone. Where it had nothing to say it does not look again: most resources are the same objects from one analysis to the next.
 * @param check may see nothing but the resource
 */
export function eachAlone<K extends Kind>(kind: K, check: (resource: Of<K>, report: Report) => void): Analyzer {
  const fine = new WeakSet<object>()
  return (context, report) => {
    for (const resource of context.of(kind)) {
      if (fine.has(resource)) continue
      let isFine = true
      check(resource, (code, subject, path, ...args) => {
        isFine = false
        report(code, subject, path, ...args)
      })
      if (isFine) fine.add(resource)
    }
  }
}
