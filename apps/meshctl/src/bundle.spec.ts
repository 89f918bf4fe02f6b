import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundle } from '../bundle.mjs'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'meshctl-bundle-'))
const file = join(folder, 'main.js')
beforeAll(
  () =>
    bundle({ entryPoints: [join(root, 'apps/meshctl/src/main.ts')], conditions: ['@meshmart/source'], outfile: file }),
  60_000,
)
afterAll(() => rmSync(folder, { recursive: true }))

const meshctl = (args: readonly string[], input = '') =>
  spawnSync(process.execPath, [file, ...args], { cwd: root, input, encoding: 'utf8' })

test("one file is all that it takes: the shop's configuration has nothing wrong in it", () => {
  const { status, stdout, stderr } = meshctl(['analyze', '-f', 'infra/mesh', '--no-services', '-o', 'json'])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  const found: unknown = JSON.parse(stdout)
  expect(found).not.toContainEqual(expect.objectContaining({ level: expect.stringMatching(/Error|Warning/) }))
})

test('a batch that comes through the pipe is answered line by line', () => {
  const { status, stdout } = meshctl(['analyze', '--batch', '-'], '{"id": 1, "files": {"a": "kind: A"}}\n{"id": 2}\n')
  expect(status).toBe(0)
  expect(
    stdout
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
  ).toMatchObject([
    { id: 1, exitCode: 1 },
    { id: 2, exitCode: 2 },
  ])
})

test('a wrong command line ends with 2 and says so where errors belong', () => {
  expect(meshctl(['nothing'])).toMatchObject({ status: 2, stdout: '', stderr: expect.stringContaining('no command') })
})
