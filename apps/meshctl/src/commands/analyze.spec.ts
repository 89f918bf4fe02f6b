import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { run } from '../testing/run.ts'

const folder = mkdtempSync(join(tmpdir(), 'meshctl-analyze-'))
afterAll(() => rmSync(folder, { recursive: true }))

const SERVICE = 'apiVersion: v1\nkind: Service\nmetadata: {name: reviews}\nspec: {ports: [{name: http, port: 80}]}\n'
const routeTo = (host: string, more = '') => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: reviews}
spec:
  hosts: [reviews]
  http:
    - route: [{destination: {host: ${host}}}]${more}
`
const NOT_FOUND = {
  code: 'IST0101',
  level: 'Error',
  origin: 'VirtualService default/reviews',
  message: 'Referenced host not found: "gone"',
  reference: 'reviews.yaml:7:30',
  documentationUrl: 'https://istio.io/latest/docs/reference/config/analysis/ist0101/',
}

test('prints what istioctl analyze -o json prints, and ends with 1 where there is an error', async () => {
  const file = join(folder, 'a.yaml')
  writeFileSync(file, `${routeTo('gone')}---\n${SERVICE}`)
  const { exitCode, out } = await run(['analyze', '-f', file, '-o', 'json'])
  expect(exitCode).toBe(1)
  expect(JSON.parse(out)).toEqual([{ ...NOT_FOUND, reference: `${file}:7:30` }])
})

test('a document that fails validation is IST0106, with the path of the field', async () => {
  const { exitCode, out } = await run(
    ['analyze', '-', '-o', 'json'],
    `${routeTo('reviews', '\n      timeout: soon')}---\n${SERVICE}`,
  )
  expect(exitCode).toBe(1)
  expect(JSON.parse(out)).toMatchObject([
    { code: 'IST0106', level: 'Error', message: expect.stringContaining('spec.http[0].timeout'), reference: '-:8:7' },
  ])
})

test('says where things are, for people; warnings alone end with 0', async () => {
  const fine = await run(['analyze', '-'], `${routeTo('reviews')}---\n${SERVICE}`)
  expect(fine).toEqual({ exitCode: 0, out: 'Nothing to say about 1 file.\n', error: '' })
  const retries = await run(['analyze', '-'], `${routeTo('reviews', '\n      retries: {attempts: 2}')}---\n${SERVICE}`)
  expect(retries.exitCode).toBe(0)
  expect(retries.out).toMatch(/^Warning {2}MM0002 {2}VirtualService default\/reviews {2}-:8:7\n {4}tries 2 times more/)
  expect(retries.out).toContain('0 errors, 1 warnings, 0 infos')
})

test('without services nothing is said of who is missing', async () => {
  expect(await run(['analyze', '--no-services', '-'], routeTo('gone'))).toMatchObject({ exitCode: 0 })
})

test('-n is the namespace of what names none', async () => {
  const { out } = await run(['analyze', '-n', 'shop', '-o', 'json', '-'], routeTo('gone'))
  expect(JSON.parse(out)).toMatchObject([{ origin: 'VirtualService shop/reviews' }])
})

test('no file at all is a wrong command line', async () => {
  expect((await run(['analyze'])).exitCode).toBe(2)
})

test('a batch answers with the same findings', async () => {
  const files = { 'reviews.yaml': routeTo('gone'), 'service.yaml': SERVICE }
  const lines = [
    { id: 'a', files },
    { id: 'b', files, args: ['--no-services'] },
  ]
  const { out } = await run(['analyze', '--batch', '-'], lines.map((line) => JSON.stringify(line)).join('\n'))
  expect(
    out
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line)),
  ).toEqual([
    { id: 'a', exitCode: 1, result: [NOT_FOUND] },
    { id: 'b', exitCode: 0, result: [] },
  ])
})

test.each([
  ['no YAML', 'a: [1', 'IST0106'],
  ['a key twice', 'a: 1\na: 2\n', 'IST0106'],
  ['tabs', 'a:\n\tb: 1\n', 'IST0106'],
  [
    'aliases that blow up',
    `a: &a [x, x, x, x, x, x, x, x, x]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((name, index) => `${name}: &${name} [${`*${'abcdefg'[index]}, `.repeat(9)}]`).join('\n')}\n`,
    'IST0106',
  ],
  ['a name that clashes', `${routeTo('reviews')}---\n${routeTo('reviews')}---\n${SERVICE}`, 'MM0008'],
])('bad input is a finding of level Error: %s', async (_name, text, code) => {
  const { exitCode, out } = await run(['analyze', '-o', 'json', '-'], text)
  expect(exitCode).toBe(1)
  expect(JSON.parse(out)).toContainEqual(expect.objectContaining({ code, level: 'Error' }))
})
