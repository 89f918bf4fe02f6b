/// <reference types="vite/types/importMeta.d.ts" />
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stringify } from 'yaml'
import { readWholeYaml } from '../document.ts'
import type { FieldPath, Position } from '../resource.ts'
import { readPlainYaml } from './plain-yaml.ts'

/** As `readDocuments` reads what is not plain. Null where it is no single document without an error. */
function readWhole(text: string): { data: unknown; locate: (path: FieldPath) => Position } | null {
  const [document, ...more] = readWholeYaml({ text, linesBefore: 0 }, 'f')
  if (document === undefined) return { data: null, locate: () => ({ line: 1, column: 1 }) }
  if (more.length > 0 || document.errors.length > 0) return null
  return { data: document.data, locate: (path) => document.origin.locate(path) }
}

/** Whatever is read is what a reader of all of YAML reads. */
function agrees(text: string): boolean {
  const plain = readPlainYaml(text)
  if (plain === null) return true
  const whole = readWhole(text)
  expect(whole, text).not.toBeNull()
  expect(plain.data, text).toEqual(whole?.data)
  // A document without content is left out.
  if (plain.data === null) return true
  for (const path of pathsOf(plain.data)) expect([path, plain.locate(path)], text).toEqual([path, whole?.locate(path)])
  return true
}

/** The ways to all fields, and one beyond each. */
function pathsOf(data: unknown, path: FieldPath = []): FieldPath[] {
  if (typeof data !== 'object' || data === null) return [path, [...path, 'beyond']]
  const steps = Array.isArray(data) ? data.map((_entry, index) => index) : Object.keys(data)
  return [path, ...steps.flatMap((step) => pathsOf(Reflect.get(data, step), [...path, step]))]
}

const files = import.meta.glob<string>(['../../../../infra/**/*.yaml', '../../../../docker-compose.yml'], {
  query: '?raw',
  import: 'default',
  eager: true,
})

test("the shop's own files are read here, as a reader of all of YAML reads them", () => {
  const documents = Object.values(files).flatMap((text) => text.split(/^(?=---$)/m))
  expect(documents.length).toBeGreaterThan(10)
  for (const document of documents) agrees(document)
  const mesh = Object.entries(files).filter(([name]) => name.includes('/mesh/'))
  const plain = mesh.flatMap(([, text]) => text.split(/^(?=---$)/m)).map((document) => readPlainYaml(document) !== null)
  expect(plain.filter(Boolean).length / plain.length).toBeGreaterThan(0.9)
})

test.each([
  [
    'a: 1\nb:\n  - x\n  - {c: d, e: [1, "2"]}\nf:\n- g: h\n  i: j\n-\n  k: l\n',
    { a: 1, b: ['x', { c: 'd', e: [1, '2'] }], f: [{ g: 'h', i: 'j' }, { k: 'l' }] },
  ],
  ['---\n# c\na: b # c\nd: "#" \n', { a: 'b', d: '#' }],
  ['a: |\n  x: 1\n\n    y\n\nb: |-\n  z\n', { a: 'x: 1\n\n  y\n', b: 'z' }],
  ["a: ''\nb: 'it''s'\nc: ~\nd:\ne: null\n", { a: '', b: "it's", c: null, d: null, e: null }],
  [
    'url: http://a:80/b?c#d\nblock: 10.0.0.0/8\ntime: 1s\nversion: 1.2.3.4\n',
    { url: 'http://a:80/b?c#d', block: '10.0.0.0/8', time: '1s', version: '1.2.3.4' },
  ],
  ['- a\n- b: c\n', ['a', { b: 'c' }]],
])('reads %j', (text, data) => {
  expect(readPlainYaml(text)?.data).toEqual(data)
  agrees(text)
})

test.each([
  'a: yes\n',
  'a: 010\n',
  'a: 1_000\n',
  'a: 1e3\n',
  'a: 0x1f\n',
  'a: .5\n',
  'a: 12:30\n',
  'a: &b c\n',
  'a: *b\n',
  'a: !c d\n',
  'a: >\n  b\n',
  'a: "\\n"\n',
  'a: b\n  c\n',
  'a:\n    b: 1\n  c: 2\n',
  'a: 1\na: 2\n',
  'a:\n\tb: 1\n',
  'a: b: c\n',
  'a: [1\n',
  'a: [1] x\n',
  'a: "b" c\n',
  '? a\n',
  'a: 1\n---\nb: 2\n',
  '%YAML 1.2\n---\na: 1\n',
  'a: 1\n...\n',
  `a: ${'['.repeat(100_000)}\n`,
  Array.from({ length: 200 }, (_, index) => `${' '.repeat(index)}a:\n`).join(''),
  '- - a\n',
  '{a: 1}\n',
  'word\n',
  'true: 1\n',
  'y: 1\n',
  '<<: {a: 1}\n',
  '__proto__: 1\n',
  'a: @b\n',
  'a: `b`\n',
  'a: [b, ]\n',
  'a: {b}\n',
  'a: |2\n   b\n',
  'a: |\n',
  'a: |\n  b',
  'a: 1\r\n',
  'a: \u2028\n',
  'a: {b: }\n',
  'a: - b\n',
  'a: 99999999999999999999\n',
  'a: "b" # "c"\n',
])('leaves to a reader of all of YAML: %j', (text) => {
  expect(readPlainYaml(text)).toBeNull()
})

const word = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9_.:/#*&!|>'"%@`{}[\],?~+=<-]{0,8}$/),
  fc.stringMatching(/^[a-z]{1,6}( [a-z#:-]{1,4})?$/),
  fc.constantFrom(
    'yes',
    'null',
    'true',
    '~',
    '1',
    '-1',
    '1.5',
    '0x1',
    '1e5',
    '- a',
    'a: b',
    ' #',
    'x #y',
    '---',
    '...',
  ),
)
const value = fc.letrec((tie) => ({
  any: fc.oneof({ depthSize: 'small' }, word, fc.integer(), fc.boolean(), fc.constant(null), tie('list'), tie('map')),
  list: fc.array(tie('any'), { maxLength: 4 }),
  map: fc.dictionary(fc.oneof(word, fc.stringMatching(/^[a-z][\w./-]{0,8}$/)), tie('any'), { maxKeys: 4 }),
})).any

test('whatever YAML is written of data is read alike, or not here', () => {
  let read = 0
  fc.assert(
    fc.property(value, fc.boolean(), (data, indentSeq) => {
      const text = stringify(data, { indentSeq, lineWidth: 0 })
      if (readPlainYaml(text) !== null) read++
      return agrees(text)
    }),
    { numRuns: 1000 },
  )
  expect(read).toBeGreaterThan(100)
}, 60_000)

const line = fc
  .tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom('', '- ', '- - ', 'a: ', 'b: ', '"c": ', '? ', '# '), word)
  .map(([indent, head, rest]) => `${'  '.repeat(indent)}${head}${rest}`)

test('lines by chance are read alike, or not here', () => {
  fc.assert(
    fc.property(fc.array(line, { maxLength: 6 }), (lines) => agrees(`${lines.join('\n')}\n`)),
    { numRuns: 3000 },
  )
}, 60_000)
