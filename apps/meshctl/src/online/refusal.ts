/** What the control plane refuses, as an outcome: its own words, and each problem with its place. */
import type { ConfigurationProblem, ConfigurationRefusal } from '@meshmart/contracts'
import { EXIT, type Outcome } from '../command.ts'

export function refusal(refused: ConfigurationRefusal): Outcome {
  const { title, detail, problems = [] } = refused
  const lines = problems.length === 0 && detail !== undefined ? [detail] : problemLines(problems)
  return { exitCode: EXIT.finding, result: refused, words: () => [title, ...lines].join('\n') }
}

export function problemLines(problems: readonly ConfigurationProblem[]): string[] {
  return problems.map(({ severity, resource, path, file, line, column, message }) => {
    return `${severity}: ${file}:${line}:${column}: ${resource}: ${path === '' ? '' : `${path} `}${message}`
  })
}
