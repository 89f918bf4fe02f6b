/** Gives integration tests a real PostgreSQL of their own and the path of a real NATS server; both are gone afterwards. */
import { rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { findNatsServer } from '../nats/binary.ts'
import { freePorts } from '../ports.ts'
import { postgresPrograms } from '../postgres/binaries.ts'
import { initialisePostgres, spawnPostgres } from '../postgres/server.ts'

const clone = dirname(dirname(dirname(import.meta.dirname)))

export default async function setup(): Promise<() => Promise<void>> {
  const [port = 0] = await freePorts(1)
  const options = {
    programs: await postgresPrograms(clone),
    dataDir: join('/var/tmp', `meshmart-test-${process.pid}`),
    port,
    superuserPassword: 'test',
    settings: ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=200'],
  }
  initialisePostgres(options)
  const server = spawnPostgres(options, ['ignore', 'ignore', 'pipe'])
  await new Promise<void>((resolve, reject) => {
    let log = ''
    server.stderr?.on('data', (chunk: Buffer) => {
      log = (log + chunk.toString()).slice(-4000)
      if (log.includes('ready to accept connections')) resolve()
    })
    server.once('exit', (code) => reject(new Error(`PostgreSQL ended with ${code}: ${log}`)))
  })
  process.env['TEST_POSTGRES_URL'] = `postgres://postgres:test@127.0.0.1:${port}/postgres`
  process.env['TEST_NATS_SERVER'] = await findNatsServer(join(clone, '.meshmart/cache'))
  return async () => {
    server.removeAllListeners('exit')
    await new Promise((resolve) => {
      server.once('exit', resolve)
      server.kill('SIGINT')
    })
    rmSync(options.dataDir, { recursive: true, force: true })
  }
}
