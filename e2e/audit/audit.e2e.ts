/** `npm run audit` as one types it: beside a shop of this machine, and from outside with nothing but an address. */
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeadLetterList } from '@meshmart/contracts'
import { afterAll, expect, inject, test } from 'vitest'
import { Customer, MUG, orderOf, signedInAs } from '../testing/client.ts'
import { clone } from '../testing/shop-under-test.ts'
import { connectAsSuperuser } from '../testing/superuser.ts'
import { Books, violationsOf } from './books.ts'
import type { Streams } from './rule.ts'

const { url, home } = inject('shop')
const folder = mkdtempSync(join(tmpdir(), 'meshmart-audit-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function audit(args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(clone, 'e2e/audit/audit.ts'), ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  })
  let output = ''
  let stdout = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
  return { code, output, stdout }
}

test('beside the shop it sees everything', async () => {
  const json = join(folder, 'verdict.json')
  const { code, output } = await audit(['--home', home, '--url', url, '--json', json])
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/Clean: \d+ rules over \d+ orders/) })
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ violations: [], unseen: [] })
})

test('without a file for its JSON, that is all of standard output', async () => {
  const { code, output, stdout } = await audit(['--json', '--home', home, '--url', url])
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('ok     shop.shut') })
  expect(JSON.parse(stdout)).toMatchObject({ violations: [], unseen: [] })
})

test('with an address alone it says what it could not see', async () => {
  const { code, output } = await audit(['--url', url])
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('ok     shop.shut') })
  expect(output).toMatch(/Clean: 3 rules found nothing/)
  expect(output).toContain('unseen orders.ends')
  expect(output).toMatch(/rules saw nothing, for want of: the database of orders; .*the streams.*; the mailbox/)
})

test('what the environment names it sees, too', async () => {
  const superuser = readFileSync(join(home, 'secrets/postgres/superuser'), 'utf8').trim()
  const server = new URL(readFileSync(join(home, 'secrets/postgres/orders.url'), 'utf8').trim())
  server.username = 'postgres'
  server.password = superuser
  const mesh = join(home, 'secrets/mesh')
  const { code, output } = await audit(['--url', url], {
    AUDIT_DATABASE_URL: server.href,
    MESH_CONTROL_PLANE_URL: readFileSync(join(mesh, 'public/control-plane'), 'utf8').trim(),
    MESH_ROOT_CERT_FILE: join(mesh, 'public/root.pem'),
    MESHCTL_TOKEN_FILE: join(mesh, 'tokens/meshmart-system.operator'),
  })
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringContaining('ok     streams.published') })
  expect(output).toMatch(/^2 of \d+ rules saw nothing, for want of: the mailbox\.$/m)
})

test('what an operator has discarded is decided, and counted; the same without a record of it is lost', async () => {
  const event = randomUUID()
  const admin = await signedInAs('admin', { url, home })
  const letters = async (): Promise<number[]> => {
    const list = DeadLetterList.parse((await admin.call('GET', '/api/v1/admin/dead-letters?limit=100')).body)
    return list.letters.filter((each) => JSON.stringify(each.event).includes(event)).map(({ sequence }) => sequence)
  }
  const orders = await connectAsSuperuser(home, 'orders')
  const books = await Books.open(home, url)
  /** What is found where the record of what was discarded is this one. */
  const foundIf = async (record: (discarded: Streams['discarded']) => Iterable<string>) => {
    const findings = await books.findings((outside) => ({
      ...outside,
      streams: async () => {
        const streams = await outside.streams()
        return { ...streams, discarded: new Set(record(streams.discarded)) }
      },
    }))
    return violationsOf(findings).map(({ rule, id }) => `${rule} ${id}`)
  }
  try {
    const customer = new Customer(url)
    const { id: bought } = await customer.decided(await customer.buy(orderOf(MUG)))
    // The gateway has to act on it, and cannot read it; orders hears it, too.
    await orders.query(
      `INSERT INTO outbox (id, type, subject, data, occurred_at) VALUES ($1::uuid, 'order.confirmed', $1::text, '{"poison": true}', now())`,
      [event],
    )
    await expect.poll(letters, { timeout: 20_000 }).toHaveLength(2)
    expect(await books.settled()).toEqual([])
    const body = { sequences: await letters() }
    expect((await admin.call('POST', '/api/v1/admin/dead-letters/discard', body)).status).toBe(200)
    expect(await letters()).toEqual([])

    expect(await books.settled()).toEqual([])
    expect(await foundIf(() => [])).toContain(`events.handled ${event}`)
    const json = join(folder, 'discarded.json')
    const { code, output } = await audit(['--home', home, '--url', url, '--json', json])
    expect({ code, output }).toMatchObject({ code: 0 })
    const { discarded } = JSON.parse(readFileSync(json, 'utf8')) as { discarded: number }
    expect(discarded).toBeGreaterThanOrEqual(2)
    expect(output).toContain(`Discarded by an operator, which counts as decided: ${discarded} (`)

    // Nobody has decided it now, but the operator.
    await orders.query('DELETE FROM outbox WHERE id = $1', [event])
    expect(await books.settled()).toEqual([])
    expect(await foundIf(() => [])).toContain(`streams.decided ${event}`)

    // Whoever discards what another service has acted on already decides nothing any more.
    const { rows } = await orders.query<{ id: string }>(
      `SELECT id FROM outbox WHERE subject = $1 AND type = 'order.confirmed'`,
      [bought],
    )
    const acted = rows[0]!.id
    await books.read('orders', `BEGIN; DELETE FROM outbox WHERE id = '${acted}'`)
    expect(await foundIf((known) => [...known, `orders ${acted}`])).toContain(`streams.decided ${acted}`)
    await books.read('orders', 'ROLLBACK')
  } finally {
    await books.close()
    await orders.end()
  }
}, 120_000)

test('a shop that does not answer is no clean shop', async () => {
  expect(await audit(['--url', 'http://127.0.0.1:9'])).toMatchObject({
    code: 2,
    output: expect.stringContaining('could not look'),
  })
  expect(await audit(['--home', folder])).toMatchObject({ code: 2 })
})
