/**
 * Runs the commands of a page as a presenter would: one after the other in one shell, beside a shop that runs. What is printed by each block is compared when
 * all have run, so that a page always comes to its end, where it takes away what it has made.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePorts } from '@meshmart/sidecar/internal'
import { clone } from '../testing/shop-under-test.ts'
import { difference } from './expected.ts'
import { readSteps, type Step } from './page.ts'

export interface RunningShop {
  readonly url: string
  readonly home: string
}
const LIMIT_MS = 90_000

/** What differed, with the line of the page; empty where everything was as it is written. */
export async function runPage(file: string, { url, home }: RunningShop): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'meshmart-lab-'))
  const [partner = 0] = await freePorts(1)
  const steps = readSteps(readFileSync(file, 'utf8'))
  const here = (text: string): string =>
    text
      .replaceAll('/tmp/', `${folder}/`)
      .replaceAll('.meshmart/running.json', join(home, 'running.json'))
      .replaceAll('http://localhost:8080', url)
      .replaceAll('18181', String(partner))
  // `npx` looks for what it runs each time; the page means the same program.
  const prelude = `npx() { shift; node '${join(clone, 'apps/meshctl/bin/meshctl.js')}' "$@"; }`
  const blocks = steps.map(({ commands }, index) => {
    const out = join(folder, `out.${index}`)
    return `{\n${here(commands)}\n} > '${out}' 2>&1\necho $? > '${out}.code'`
  })
  writeFileSync(join(folder, 'page.sh'), [prelude, ...blocks].join('\n'))
  try {
    await ended(join(folder, 'page.sh'), home)
    return steps.flatMap((step, index) => {
      const out = join(folder, `out.${index}`)
      const why = problemOf(step, readFileSync(out, 'utf8'), Number(readFileSync(`${out}.code`, 'utf8')), here)
      return why === null ? [] : [`line ${step.line}: ${step.commands}\n${why}`]
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function problemOf({ expected }: Step, printed: string, code: number, here: (text: string) => string): string | null {
  if (expected !== null) return difference(here(expected), printed)
  return code === 0 ? null : `ended with ${code}:\n${printed}`
}

function ended(script: string, home: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const shell = spawn('bash', [script], {
      cwd: clone,
      detached: true,
      env: { ...process.env, MESHMART_HOME: home },
      stdio: 'ignore',
    })
    const stop = (): void => {
      // With everything that it has left running.
      if (shell.pid !== undefined) endGroup(shell.pid)
    }
    const timer = setTimeout(() => {
      stop()
      reject(new Error(`the page did not end within ${LIMIT_MS / 1_000} s`))
    }, LIMIT_MS)
    shell.once('error', reject)
    shell.once('exit', () => {
      clearTimeout(timer)
      stop()
      resolve()
    })
  })
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // Nobody of it is left.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
