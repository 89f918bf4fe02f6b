/** The acquirer as a process with a database of its own, as it runs beside payments: apps never import apps, so it is started. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { createTestDatabase } from '@meshmart/service-kit/testing'
import pg from 'pg'

const app = join(import.meta.dirname, '../../../acquirer')

export const shared = {
  ACQUIRER_API_KEY: 'the-api-key-of-payments-under-test-0000',
  ACQUIRER_WEBHOOK_SECRET: 'the-webhook-secret-of-payments-under-test',
}

export interface AcquirerProcess {
  readonly url: string
  /** Its books, as superuser. */
  readonly books: pg.Client
  readonly logLines: string[]
  pull(levers: object): Promise<void>
  /** SIGKILL. */
  kill(): void
  stop(): Promise<void>
}

/** From its sources. @param environment over what the test needs anyway */
export async function startAcquirer(environment: Record<string, string> = {}): Promise<AcquirerProcess> {
  const database = await createTestDatabase({ service: 'acquirer', migrations: join(app, 'migrations') })
  const child = spawn(process.execPath, ['-C', '@meshmart/source', join(app, 'src/main.ts')], {
    env: {
      PATH: process.env['PATH'],
      ...shared,
      ACQUIRER_PORT: '0',
      DATABASE_URL: database.url,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const logLines: string[] = []
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const ready = new Promise<{ port: number; adminPort: number }>((resolve, reject) => {
    void exited.then(() => reject(new Error('the acquirer did not start')))
    createInterface(child.stdout).on('line', (line) => {
      logLines.push(line)
      const said = JSON.parse(line) as { message: string; port: number; adminPort: number }
      if (said.message === 'ready') resolve(said)
    })
  })
  const { port, adminPort } = await ready
  const books = new pg.Client({ connectionString: database.adminUrl })
  await books.connect()
  return {
    url: `http://127.0.0.1:${port}`,
    books,
    logLines,
    pull: async (levers) => {
      const url = `http://127.0.0.1:${adminPort}/levers`
      const { ok } = await fetch(url, { method: 'POST', body: JSON.stringify(levers) })
      if (!ok) throw new Error('the levers were refused')
    },
    kill: () => void child.kill('SIGKILL'),
    stop: async () => {
      child.kill('SIGTERM')
      await exited
      await books.end()
      await database.drop()
    },
  }
}
