/** A connection that breaks in the very moment in which it changes hands: whoever gets it is refused, and the process lives on. */
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { notesMigrations } from '../testing/notes-service.ts'
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts'
import { Database } from './database.ts'

let test: TestDatabase
let database: Database
let proxy: ReturnType<typeof createServer>
/** Whether the server is to be killed with the next answer that it ends. */
let dies = false
const sockets = new Set<Socket>()

beforeEach(async () => {
  test = await createTestDatabase({ service: 'notes', migrations: notesMigrations })
  const url = new URL(test.url)
  const { hostname, port } = url
  proxy = createServer((client) => {
    const server = connect(Number(port), hostname)
    for (const socket of [client, server]) sockets.add(socket.on('error', () => undefined))
    client.pipe(server)
    server.on('data', (answer) => {
      const killed = dies && answer.subarray(-6).equals(readyForQuery)
      // In one piece, as it comes from a server that dies while its answer is on the way.
      client.write(killed ? Buffer.concat([answer, lastWords]) : answer)
      if (!killed) return
      dies = false
      client.end()
      server.destroy()
    })
  })
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  url.hostname = '127.0.0.1'
  url.port = String((proxy.address() as { port: number }).port)
  database = new Database({ url: url.href, poolSize: 1, onBroken: () => undefined })
})
afterEach(async () => {
  await database.close()
  for (const socket of sockets) socket.destroy()
  proxy.close()
  await test.drop()
})

it('fails the statement and the transaction that were next, and nothing else', async () => {
  await database.query`SELECT 1`
  dies = true
  const first = database.query<{ one: number }>`SELECT 1 AS one`
  const next = database.transaction((tx) => tx.query`SELECT 2`)
  expect(await first).toEqual([{ one: 1 }])
  await expect(next).rejects.toThrow(/is not queryable|terminat/)
  expect(await database.query`SELECT 3 AS three`).toEqual([{ three: 3 }])
})

/** PostgreSQL's protocol, 53.7: ReadyForQuery, idle; and the ErrorResponse of a backend whose postmaster is gone. */
const readyForQuery = Buffer.from([0x5a, 0, 0, 0, 5, 0x49])
const lastWords = (() => {
  const fields = Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection due to unexpected postmaster exit\0\0')
  const head = Buffer.from([0x45, 0, 0, 0, 0])
  head.writeInt32BE(fields.length + 4, 1)
  return Buffer.concat([head, fields])
})()
