/** What the control plane refuses, as an outcome: its own words, and each problem with its place. */
import type { ConfigurationProblem } from '@meshmart/contracts'
import { EXIT, type Outcome } from '../command.ts'
import type { Answer } from './client.ts'

interface Problem {
  readonly title: string
  readonly detail?: string
  readonly problems?: readonly ConfigurationProblem[]
}

export function isRefusal({ status }: Answer): boolean {
  return status >= 400
}

export function refusal({ body }: Answer): Outcome {
  const { title, detail, problems = [] } = body as Problem
  const lines = problems.length === 0 && detail !== undefined ? [detail] : problemLines(problems)
  return { exitCode: EXIT.finding, result: body, words: () => [title, ...lines].join('\n') }
}

export function problemLines(problems: readonly ConfigurationProblem[]): string[] {
  return problems.map(({ severity, resource, path, file, line, column, message }) => {
    return `${severity}: ${file}:${line}:${column}: ${resource}: ${path === '' ? '' : `${path} `}${message}`
  })
}
