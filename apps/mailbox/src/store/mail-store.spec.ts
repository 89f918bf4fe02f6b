import { appendFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { MailStore } from './mail-store.ts'

const now = new Date('2026-11-29T12:00:00Z')
const envelope = { from: 'shop@meshmart.example', to: ['ada@example.org'] }
const limits = { mailsPerFile: 2, files: 3 }
let directory: string
let store: MailStore

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'meshmart-mailbox-'))
  store = MailStore.open(directory, limits)
})
afterEach(async () => {
  await store.close()
  rmSync(directory, { recursive: true })
})

const add = (id: string, source = id) => store.add(`<${id}@test>`, envelope, Buffer.from(source), now)
const reopen = async (): Promise<void> => {
  await store.close()
  store = MailStore.open(directory, limits)
}
const subjects = async (before = Infinity, limit = 100) => (await store.page(before, limit)).map(({ source }) => source)

it('keeps a message once, however often it comes, and counts', async () => {
  expect(await Promise.all([add('a'), add('b'), add('a')])).toEqual([true, true, false])
  expect([...store.copies()]).toEqual([
    ['<a@test>', 2],
    ['<b@test>', 1],
  ])
  expect(await subjects()).toEqual(['b', 'a'])
  expect(await store.find(1)).toMatchObject({ seq: 1, messageId: '<a@test>', to: ['ada@example.org'], source: 'a' })
  expect(await store.find(3)).toBeNull()
})

it('keeps the newest and no more, on disk too', async () => {
  for (const id of 'abcdefg') await add(id)
  expect(await subjects()).toEqual(['g', 'f', 'e', 'd', 'c'])
  expect(await subjects(5, 2)).toEqual(['d', 'c'])
  expect(store.copiesOf('<a@test>')).toBe(0)
  expect(readdirSync(directory)).toHaveLength(3)
})

it('knows after a restart what it had, and goes on counting', async () => {
  for (const id of ['a', 'b', 'c', 'c']) await add(id)
  await reopen()
  expect(await subjects()).toEqual(['c', 'b', 'a'])
  expect(store.copiesOf('<c@test>')).toBe(2)
  expect([await add('a'), await add('d')]).toEqual([false, true])
  expect((await store.page(Infinity, 1))[0]).toMatchObject({ seq: 4 })
})

it('forgets half a line that a killed process has left', async () => {
  await add('a')
  appendFileSync(join(directory, readdirSync(directory)[0]!), '{"seq":2,"messageId":"<b@te')
  await reopen()
  expect(await add('c')).toBe(true)
  await reopen()
  expect(await subjects()).toEqual(['c', 'a'])
})

it('gives a message without an id one of its own, and keeps every byte', async () => {
  const bytes = Buffer.from([0xff, 0x00, 0x0a, 0x41])
  await store.add('', envelope, bytes, now)
  await store.add('', envelope, bytes, now)
  await reopen()
  const [mail] = await store.page(Infinity, 1)
  expect(Buffer.from(mail!.source, 'latin1')).toEqual(bytes)
  expect(store.size).toBe(2)
})

it('refuses a folder with a file that it has not written', () => {
  const strange = mkdtempSync(join(tmpdir(), 'meshmart-mailbox-'))
  writeFileSync(join(strange, 'mails-1.jsonl'), 'no JSON\n')
  expect(() => MailStore.open(strange)).toThrow(/was not written by a mailbox/)
  rmSync(strange, { recursive: true })
})
