/** Starts a shop of its own with `npm start`'s very program, on a free port and in an empty home, and stops it afterwards. */
import { execFileSync, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePorts } from '@meshmart/sidecar/internal'
import { pidsOf } from './processes.ts'

export const clone = dirname(dirname(import.meta.dirname))

export interface ShopUnderTest {
  readonly url: string
  readonly home: string
  /** Of the starter, whose children all the others are. */
  readonly pid: number
  /** Everything that it has printed. */
  readonly output: () => string
  /** Milliseconds from the start to the first page. */
  readonly startMs: number
  /** Pids by process name, such as `orders-2`. */
  readonly pids: () => Record<string, number>
  readonly exited: Promise<number | null>
  /** Ends it as Ctrl-C does; resolves to its exit code and how long it took. */
  readonly stop: () => Promise<{ code: number | null; ms: number }>
}

export interface ShopOptions {
  readonly home?: string
  readonly port?: number
  readonly environment?: Record<string, string>
  /** `embedded` or `process`; default: MESHMART_PLACEMENT, which the vitest project says, else embedded. */
  readonly placement?: string
}

export async function startShop(options: ShopOptions = {}): Promise<ShopUnderTest> {
  const home = options.home ?? mkdtempSync(join(tmpdir(), 'meshmart-e2e-'))
  const [port] = options.port === undefined ? await freePorts(1) : [options.port]
  const url = `http://127.0.0.1:${port}`
  const started = performance.now()
  const placement = options.placement ?? process.env['MESHMART_PLACEMENT'] ?? 'embedded'
  const child = spawn(process.execPath, [join(clone, 'infra/local/start.ts'), '--placement', placement], {
    cwd: clone,
    env: { ...process.env, ...options.environment, MESHMART_HOME: home, PUBLIC_PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const listen = (chunk: Buffer) => (output += chunk.toString())
  child.stdout.on('data', listen)
  child.stderr.on('data', listen)
  const exited = new Promise<number | null>((resolve) => child.once('exit', resolve))
  const firstPage = async () => {
    while (child.exitCode === null) {
      // Its own word first: after a crash of another starter, that one's gateway may still answer here.
      const up = output.includes('Ctrl-C stops everything')
      const answer = up
        ? await fetch(`${url}/`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined)
        : undefined
      await answer?.body?.cancel()
      if (answer?.ok === true) return 'up'
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    return 'ended'
  }
  const outcome = await Promise.race([firstPage(), exited.then(() => 'ended')])
  if (outcome === 'ended') throw new Error(`the shop did not start:\n${output}`)
  return {
    url,
    home,
    pid: child.pid ?? 0,
    output: () => output,
    startMs: performance.now() - started,
    pids: () => pidsOf(home),
    exited,
    stop: async () => {
      const asked = performance.now()
      child.kill('SIGINT')
      const code = await exited
      return { code, ms: performance.now() - asked }
    },
  }
}

/** Removes a home with all its data, wherever that had to be. */
export function wipe(home: string): void {
  execFileSync(process.execPath, [join(clone, 'infra/local/reset.ts')], {
    env: { ...process.env, MESHMART_HOME: home },
  })
  rmSync(home, { recursive: true, force: true })
}
