/** A real NATS server with JetStream for one test file. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect, type NatsConnection } from '@nats-io/transport-node'
import { DEAD_LETTERS_STREAM } from '@meshmart/contracts'
import { freePort } from '@meshmart/sidecar/internal'

export interface TestNats {
  readonly connection: NatsConnection
  /** Ends the server at once, as a crash does; what it stored stays. */
  kill(): Promise<void>
  /** Starts it again on the same port with the same store. */
  restart(): Promise<void>
  stop(): Promise<void>
}

/** Needs TEST_NATS_SERVER, which vitest's global set-up sets. The streams EVENTS and DEAD_LETTERS are there, as the control plane makes them. */
export async function startTestNats(): Promise<TestNats> {
  const binary = process.env['TEST_NATS_SERVER']
  if (!binary) throw new Error('TEST_NATS_SERVER is not set: run this as *.int.spec.ts under vitest')
  const directory = mkdtempSync(join(tmpdir(), 'meshmart-nats-'))
  const port = await freePort()
  const start = (): ChildProcess =>
    spawn(binary, ['-a', '127.0.0.1', '-p', String(port), '-js', '-sd', directory], { stdio: 'ignore' })
  let server = start()
  const connection = await connect({
    servers: `nats://127.0.0.1:${port}`,
    reconnectTimeWait: 100,
    maxReconnectAttempts: -1,
    waitOnFirstConnect: true,
  })
  const manager = await jetstreamManager(connection)
  await manager.streams.add({ name: 'EVENTS', subjects: ['events.>'] })
  await manager.streams.add({ name: DEAD_LETTERS_STREAM, subjects: ['dead.>'] })
  const kill = async (): Promise<void> => {
    const ended = new Promise((resolve) => server.once('exit', resolve))
    server.kill('SIGKILL')
    await ended
  }
  return {
    connection,
    kill,
    restart: async () => {
      server = start()
      await connection.rtt().catch(() => undefined)
    },
    stop: async () => {
      await connection.close()
      await kill()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}
