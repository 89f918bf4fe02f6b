/** A real NATS server with the project's own nats.conf and authorization.conf, on a port of its own choosing. */
import { spawn } from 'node:child_process'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

const configuration = join(import.meta.dirname, '../../../../infra/nats/nats.conf')

export interface RealNats {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

/** What a disk that is nearly full leaves of `nats.conf`. */
export interface NatsLimits {
  /** As nats.conf writes it, `1MB`. */
  readonly maxFileStore: string
}

/** @param directory what `initialise` wrote. @param port -1 for any free one. */
export async function startNats(directory: string, port = -1, limits?: NatsLimits): Promise<RealNats> {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER: is missing; run the tests through vitest of the project')
  const file = limits === undefined ? configuration : limited(directory, limits)
  const server = spawn(binary, ['-c', file], {
    cwd: directory,
    env: {
      NATS_HOST: '127.0.0.1',
      NATS_PORT: String(port),
      NATS_MONITOR_PORT: '-1',
      NATS_STORE_DIR: join(directory, 'store'),
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const url = await new Promise<string>((resolve, reject) => {
    let log = ''
    server.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString()
      const [, address] = /client connections on (\S+)/.exec(log) ?? []
      if (address !== undefined && log.includes('Server is ready')) resolve(`tls://${address}`)
    })
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`NATS ended with ${code}: ${log}`)))
  })
  return {
    url,
    pid: server.pid ?? 0,
    stop: () =>
      new Promise((resolve) => {
        server.once('exit', () => resolve())
        server.kill('SIGTERM')
      }),
  }
}

function limited(directory: string, { maxFileStore }: NatsLimits): string {
  const file = join(directory, 'limited.conf')
  const text = readFileSync(configuration, 'utf8').replace(/max_file_store: \S+/, `max_file_store: ${maxFileStore}`)
  writeFileSync(file, text)
  // An include is relative to the file, also where it is written as absolute.
  copyFileSync(join(dirname(configuration), 'authorization.conf'), join(directory, 'authorization.conf'))
  return file
}
