/** Whatever lands in the watched folder, the control plane says what is wrong, and goes on with what was last good. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { startMesh, type RealMesh } from '../testing/real-mesh.ts'

const route = (name: string, timeout: string): string => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: { name: ${name}, namespace: meshmart }
spec: { hosts: [${name}], http: [{ route: [{ destination: { host: ${name} } }], timeout: ${timeout} }] }
`
const aliases = ['b', 'c', 'd'].map((key, index) => `${key}: &${key} [${`*${'abc'[index]}, `.repeat(20)}]`)

let mesh: RealMesh
beforeAll(async () => {
  mesh = await startMesh()
  // Both of what the folder says from the start, and of what was applied: published, before anything is compared.
  await mesh.operator('POST', '/v1/config/apply?wait=5s', route('payments', '1s'))
})
afterAll(() => mesh.stop())

const inForce = async (): Promise<string> => JSON.stringify((await mesh.operator('GET', '/v1/config')).body)
const published = async (): Promise<unknown> =>
  (await mesh.operator('GET', '/v1/snapshots/inbound.meshmart.orders')).body

it.each([
  ['a key twice', 'a: 1\na: 2\n', 'twice'],
  ['tabs', 'a:\n\tb: 1\n', 'Tabs'],
  ['aliases that stand for more than they should', ['a: &a [x]', ...aliases].join('\n'), 'alias'],
  ['a document of 10 MB', `a: ${'x'.repeat(10_000_000)}\n`, 'must not be longer'],
  ['a binary file', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 1, 2, 0xff]), 'is no text in UTF-8'],
  ['a resource that another file has', route('inventory', '1s') + '---\n' + route('inventory', '2s'), 'defined twice'],
  ['a name that was applied', route('payments', '9s'), 'was applied as well'],
])('%s: refused with the reason, and what runs is as it was', async (_what, content, reason) => {
  const before = [await inForce(), await published()]
  const said = mesh.logged.length
  const file = join(mesh.configDirectory, 'bad.yaml')
  writeFileSync(file, content)
  const heard = (): string => mesh.logged.slice(said).join('')
  await vi.waitFor(() => expect(heard()).toContain('what was last good stays in force'), { timeout: 10_000 })
  expect(heard()).toContain(reason)
  expect(heard()).toContain('bad.yaml')
  expect([await inForce(), await published()]).toEqual(before)
  const ready = await mesh.operator('GET', '/healthz/ready')
  expect(ready.status).toBe(200)
  rmSync(file)
  await vi.waitFor(() => expect(mesh.logged.at(-1)).not.toContain('bad.yaml'))
})

it('two files that define the same resource: both are named', async () => {
  const before = await inForce()
  const said = mesh.logged.length
  const files = ['one.yaml', 'two.yaml'].map((name) => join(mesh.configDirectory, name))
  for (const [index, file] of files.entries()) writeFileSync(file, route('inventory', `${index + 1}s`))
  const heard = (): string => mesh.logged.slice(said).join('')
  await vi.waitFor(() => expect(heard()).toMatch(/two\.yaml.*is defined twice; the other one is in one\.yaml/), {
    timeout: 10_000,
  })
  expect(await inForce()).not.toContain('"2s"')
  for (const file of files) rmSync(file)
  await vi.waitFor(async () => expect(await inForce()).toBe(before), { timeout: 10_000 })
})

it('files that are no YAML are none of its business', async () => {
  const before = await inForce()
  const file = join(mesh.configDirectory, 'notes.txt')
  writeFileSync(file, 'kind: [')
  writeFileSync(join(mesh.configDirectory, '.hidden.yaml'), 'kind: [')
  await new Promise((resolve) => setTimeout(resolve, 300))
  expect(await inForce()).toBe(before)
})
