/** `meshctl analyze` as an operator starts it: a new process each time, from its bundle. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { clone } from '../../testing/shop-under-test.ts'
import { quantile } from '../harness/quantile.ts'

const program = join(clone, 'apps/meshctl/bin/meshctl.js')

/** Milliseconds from start to end, the median of `runs`; the first one, which fills node's cache of compiled code, does not count. */
export async function analyzeMs(paths: readonly string[], runs: number): Promise<number> {
  const costs: number[] = []
  for (let run = 0; run <= runs; run++) {
    const began = performance.now()
    await analyze(paths)
    if (run > 0) costs.push(performance.now() - began)
  }
  return quantile(costs, 0.5)
}

async function analyze(paths: readonly string[]): Promise<void> {
  const args = paths.flatMap((path) => ['-f', path])
  const child = spawn(process.execPath, [program, 'analyze', ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  let complaint = ''
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve))
  // 1 says that there are findings: that is an answer as well.
  if (code !== 0 && code !== 1) throw new Error(`meshctl analyze ended with ${String(code)}: ${complaint}`)
}
