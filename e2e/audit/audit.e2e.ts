/** `npm run audit` as one types it: beside a shop of this machine, and from outside with nothing but an address. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, inject, test } from 'vitest'
import { clone } from '../testing/shop-under-test.ts'

const { url, home } = inject('shop')
const folder = mkdtempSync(join(tmpdir(), 'meshmart-audit-'))
afterAll(() => rmSync(folder, { recursive: true }))

async function audit(args: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [join(clone, 'e2e/audit/audit.ts'), ...args], {
    env: { PATH: process.env['PATH'] ?? '', ...environment },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { code, output }
}

test('beside the shop it sees everything', async () => {
  const json = join(folder, 'verdict.json')
  const { code, output } = await audit(['--home', home, '--url', url, '--json', json])
  expect({ code, output }).toMatchObject({ code: 0, output: expect.stringMatching(/Clean: \d+ rules over \d+ orders/) })
  expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({ violations: [], unseen: [] })
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

test('a shop that does not answer is no clean shop', async () => {
  expect(await audit(['--url', 'http://127.0.0.1:9'])).toMatchObject({
    code: 2,
    output: expect.stringContaining('could not look'),
  })
  expect(await audit(['--home', folder])).toMatchObject({ code: 2 })
})
