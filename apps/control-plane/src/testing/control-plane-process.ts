/** The control plane as a process of its own, started from its sources. */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { expect, vi } from 'vitest'

export interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<number | null>
  output(): string
}

/** A program that is read from its sources takes its time where the machine is busy. */
const STARTS_WITHIN_MS = 20_000
const running = new Set<ChildProcess>()
const main = join(import.meta.dirname, '../main.ts')

export function startProcess(settings: Record<string, string>): Running {
  const child = spawn(process.execPath, ['--conditions=@meshmart/source', main], {
    env: { ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  running.add(child.once('exit', () => running.delete(child)))
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return { process: child, ended: new Promise((resolve) => child.once('exit', resolve)), output: () => output }
}

/** Once it is up. */
export const portOf = ({ output }: Running): Promise<number> =>
  vi.waitFor(() => Number(/"port":(\d+),.*control plane is up/.exec(output())![1]), { timeout: STARTS_WITHIN_MS })

/** Once it has said so. */
export const untilSaid = ({ output }: Running, words: string): Promise<void> =>
  vi.waitFor(() => expect(output()).toContain(words), { timeout: STARTS_WITHIN_MS })

/** Whatever a test that failed has left behind. */
export function killAll(): void {
  for (const child of running) child.kill('SIGKILL')
}
