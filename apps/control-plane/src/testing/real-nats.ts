/** A real NATS server with the project's own nats.conf and authorization.conf, on a port of its own choosing. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'

const configuration = join(import.meta.dirname, '../../../../infra/nats/nats.conf')

export interface RealNats {
  readonly url: string
  stop(): Promise<void>
}

/** @param directory what `initialise` wrote. @param port -1 for any free one. */
export async function startNats(directory: string, port = -1): Promise<RealNats> {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER: is missing; run the tests through vitest of the project')
  const server = spawn(binary, ['-c', configuration], {
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
    stop: () =>
      new Promise((resolve) => {
        server.once('exit', () => resolve())
        server.kill('SIGTERM')
      }),
  }
}
