/** The control plane as a process of its own, started from its sources. */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { vi } from 'vitest'

export interface Running {
  readonly process: ChildProcess
  readonly ended: Promise<number | null>
  output(): string
}

const main = join(import.meta.dirname, '../main.ts')

export function startProcess(settings: Record<string, string>): Running {
  const child = spawn(process.execPath, ['--conditions=@meshmart/source', main], {
    env: { ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return { process: child, ended: new Promise((resolve) => child.once('exit', resolve)), output: () => output }
}

/** Once it is up. */
export const portOf = (running: Running): Promise<number> =>
  vi.waitFor(() => Number(/"port":(\d+),.*control plane is up/.exec(running.output())![1]), { timeout: 15_000 })
