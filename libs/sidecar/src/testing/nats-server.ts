/** A real nats-server with mTLS and JetStream for one test file, on a free port, in a directory that goes away with it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestAuthority } from './certificates.ts'
import { freePort } from './free-ports.ts'

export interface TestNatsServer {
  readonly port: number
  start(): Promise<void>
  stop(): Promise<void>
  remove(): Promise<void>
}

/** @param binary path of nats-server, `TEST_NATS_SERVER` */
export async function makeNatsServer(binary: string, authority: TestAuthority): Promise<TestNatsServer> {
  const directory = await mkdtemp(join(tmpdir(), 'sidecar-nats-'))
  const port = await freePort()
  const { key, chain } = await authority.issue('spiffe://cluster.local/ns/meshmart-system/sa/nats', {
    addresses: ['127.0.0.1'],
  })
  const file = (name: string): string => join(directory, name)
  await Promise.all([
    writeFile(file('server.key'), key, { mode: 0o600 }),
    writeFile(file('server.pem'), chain),
    writeFile(file('ca.pem'), authority.root),
    writeFile(
      file('nats.conf'),
      `host: 127.0.0.1
port: ${port}
tls { cert_file: "${file('server.pem')}", key_file: "${file('server.key')}", ca_file: "${file('ca.pem')}", verify: true, min_version: "1.3" }
jetstream { store_dir: "${file('store')}", max_file_store: 64MB, max_memory_store: 16MB }
`,
    ),
  ])
  let child: ChildProcess | null = null

  async function stop(): Promise<void> {
    const running = child
    child = null
    if (running === null || running.exitCode !== null) return
    await new Promise((resolve) => {
      running.once('exit', resolve)
      running.kill('SIGKILL')
    })
  }
  return {
    port,
    async start() {
      const next = spawn(binary, ['-c', file('nats.conf')], { stdio: ['ignore', 'ignore', 'pipe'] })
      child = next
      await new Promise<void>((resolve, reject) => {
        let said = ''
        next.stderr?.on('data', (chunk: Buffer) => {
          said = (said + chunk.toString()).slice(-4000)
          if (said.includes('Server is ready')) resolve()
        })
        next.once('error', reject)
        next.once('exit', (code) => reject(new Error(`nats-server ended with ${code}: ${said}`)))
      })
    },
    stop,
    async remove() {
      await stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
