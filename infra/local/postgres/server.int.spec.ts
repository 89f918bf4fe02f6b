import { execFileSync } from 'node:child_process'
import pg from 'pg'
import { expect, test } from 'vitest'

test('integration tests have a real PostgreSQL and a NATS server that is new enough', async () => {
  const client = new pg.Client({ connectionString: process.env['TEST_POSTGRES_URL'] })
  await client.connect()
  const { rows } = await client.query<{ server_version: string }>('SHOW server_version')
  await client.end()
  expect(Number.parseInt(rows[0]!.server_version)).toBeGreaterThanOrEqual(17)
  expect(execFileSync(process.env['TEST_NATS_SERVER']!, ['--version'], { encoding: 'utf8' })).toMatch(
    /v2\.(1[1-9]|[2-9]\d)/,
  )
})
