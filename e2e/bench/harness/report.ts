/** The end of a run: what was found, as a page on the terminal; of a whole run also in docs/benchmarks, beside the figures as JSON. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Results } from '../../report/results.ts'
import { clone } from '../../testing/shop-under-test.ts'
import { caseTables, disturbance, machineLine, targetTable } from './table.ts'

export interface Report {
  readonly title: string
  /** `bench:tax`: its page and its figures are named after the second half. */
  readonly command: string
  /** `performance.now()` of the beginning. */
  readonly began: number
  readonly results: Results
  readonly failures: readonly string[]
  /** Of part of the cases only, or a quick one. */
  readonly partial: boolean
  /** Where `--json` wants the figures. */
  readonly json: string | undefined
  /** What the reader should know before the figures. */
  readonly preface?: string
}

/** @returns exit code: 0 where everything was measured and every target met */
export function report({ title, command, began, results, failures, partial, json, preface }: Report): number {
  const minutes = ((performance.now() - began) / 60_000).toFixed(1)
  const page = [
    `# ${title}`,
    `${new Date().toISOString().slice(0, 10)}, ${machineLine()}, ${minutes} min, by \`npm run ${command}\`. Method: [README](README.md).`,
    ...(preface === undefined ? [] : [preface]),
    ...[disturbance(results.cases) ?? []].flat(),
    ...(results.targets.length > 0 ? ['## Targets', targetTable(results.targets)] : []),
    ...(failures.length > 0 ? ['## Not measured', failures.map((line) => `- ${line}`).join('\n')] : []),
    '## Figures',
    caseTables(results.cases),
  ].join('\n\n')
  console.log(`\n${page}\n`)
  results.write(json)
  if (!partial) {
    const stem = join(clone, 'docs/benchmarks', command.replace('bench:', ''))
    writeFileSync(`${stem}.md`, `${page}\n`)
    results.write(`${stem}.json`)
  }
  return failures.length === 0 && results.targets.every(({ met }) => met) ? 0 : 1
}
