import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { difference } from './expected.ts'
import { readSteps } from './page.ts'

describe('a page', () => {
  test('is commands, and what they print', () => {
    const page = 'Words.\n\n```sh\na\nb\n```\n\n```text\n1\n```\n\n```yaml\nc: 1\n```\n\n```sh\nd\n```\n'
    expect(readSteps(page)).toEqual([
      { commands: 'a\nb', expected: '1', line: 4 },
      { commands: 'd', expected: null, line: 17 },
    ])
  })

  test.each(['```text\n1\n```', '```sh\na\n```\n\n```yaml\n```\n\n```text\n1\n```', '```sh\na'])(
    '%j is a mistake',
    (page) => {
      expect(() => readSteps(page)).toThrow(/line \d+/)
    },
  )
})

test.each([
  ['a', 'a\n', true],
  ['a', 'b', false],
  ['a … c', 'a b c', true],
  ['a … c', 'a b\nc', false],
  ['a\n…\nd', 'a\nb\nc\nd', true],
  ['a\n…\nd', 'a\nd', true],
  ['a\n…', 'a', false],
  ['…\nd', 'a\nb\nd', true],
  ['     {80..100} v1', '    100 v1', true],
  ['{80..100} v1', '80 v1', true],
  ['{80..100} v1', '79 v1', false],
  ['1.2', '1x2', false],
])('%j for %j: %s', (expected, printed, fits) => {
  expect(difference(expected, printed) === null).toBe(fits)
})

/** The index leads to every page, and no page is only told of. */
test('docs/labs/README.md names every lab', () => {
  const folder = join(import.meta.dirname, '../../docs/labs')
  const index = readFileSync(join(folder, 'README.md'), 'utf8')
  const pages = readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md')
  const linked = [...index.matchAll(/\]\(([\w-]+\.md)\)/g)].map(([, name]) => name)
  expect([...new Set(linked)].toSorted()).toEqual(pages.toSorted())
})
