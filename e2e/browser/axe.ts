/** axe, run in the page as it stands; only what keeps people out counts. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Finding {
  readonly id: string
  readonly impact: string | null
  readonly nodes: readonly { readonly html: string }[]
}

interface Axe {
  run(options: { resultTypes: string[] }): Promise<{ violations: Finding[] }>
}

/** Rule, impact and first element of each finding of impact serious or critical (https://www.deque.com/axe/axe-core). */
export async function seriousFindings(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(source)
  const findings = await page.evaluate(async () => {
    const { axe } = globalThis as unknown as { axe: Axe }
    const { violations } = await axe.run({ resultTypes: ['violations'] })
    return violations.map(({ id, impact, nodes }) => ({ id, impact, html: nodes[0]?.html }))
  })
  return findings
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map((finding) => JSON.stringify(finding))
}
