/** An analyser looks at everything and reports. Each is a file; `analyzers.ts` lists them. */
import type { AnalysisContext } from './context.ts'
import type { Report } from './finding.ts'

export type Analyzer = (context: AnalysisContext, report: Report) => void
