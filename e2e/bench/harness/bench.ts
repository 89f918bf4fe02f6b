/** What a run needs before the first subject starts, and what is taken away after the last one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeAuthority, type CertificateFiles } from './certificates.ts'
import { takeCores } from './cores.ts'
import { Processes } from './processes.ts'
import type { Bench } from './subject.ts'
import { requireTools } from './tools.ts'
import { openSink } from './sink.ts'
import { startUpstream } from './upstream.ts'

export interface OpenBench extends Bench {
  /** A certificate with the right name, from an authority that nobody here knows. */
  readonly stranger: CertificateFiles
}

export async function openBench(tools: readonly string[]): Promise<OpenBench> {
  requireTools(['taskset', 'openssl', 'nginx', ...tools])
  const cores = takeCores()
  const processes = new Processes()
  const folder = mkdtempSync(join(tmpdir(), 'meshmart-bench-'))
  processes.atEnd(() => rmSync(folder, { recursive: true, force: true }))
  return {
    folder,
    cores,
    processes,
    upstream: await startUpstream(folder, processes, cores),
    authority: makeAuthority(folder, 'mesh'),
    stranger: makeAuthority(folder, 'stranger').issue('gateway'),
    traceSink: await openSink(),
    say: (line) => console.log(line),
  }
}
