import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RESPONSE_FLAGS } from '@meshmart/mesh-policy'
import { expect, it } from 'vitest'
import { problem } from './answers.ts'
import { PROBLEMS, publicProblem, readerLanguage } from './problem-catalogue.ts'

it('knows a problem for every flag, in both languages, under a code that the shop cannot have', () => {
  for (const flag of Object.values(RESPONSE_FLAGS)) expect(PROBLEMS).toHaveProperty(`mesh-${flag.code.toLowerCase()}`)
  for (const [code, words] of Object.entries(PROBLEMS)) {
    expect(code).toMatch(/^mesh-[a-z-]+$/)
    expect(words.en).toMatch(/^[ -~]+$/)
    expect(words['zh-CN']).toMatch(/\p{Script=Han}/u)
  }
  const shop = readFileSync(join(import.meta.dirname, '../../contracts/src/problem.ts'), 'utf8')
  expect(shop).toContain('problemCatalogue')
  expect(shop).not.toContain("'mesh-")
})

it('has a stable type', () => {
  expect(JSON.parse(problem(RESPONSE_FLAGS.UH, 'none').body)).toMatchObject({
    type: '/problems/mesh-uh',
    code: 'mesh-uh',
    detail: 'none',
  })
  expect(JSON.parse(publicProblem('mesh-nr', 404, 'zh-CN', 'abc'))).toEqual({
    type: '/problems/mesh-nr',
    title: PROBLEMS['mesh-nr']['zh-CN'],
    status: 404,
    code: 'mesh-nr',
    traceId: 'abc',
  })
})

it.each([
  [undefined, 'en'],
  ['zh-CN,zh;q=0.9,en;q=0.8', 'zh-CN'],
  ['en-GB, zh', 'en'],
  ['en;q=0.1, ZH-Hans', 'zh-CN'],
  ['de, zh;q=0.5', 'zh-CN'],
  ['zh;q=0', 'en'],
  ['*, zh;q=0.5', 'en'],
  ['☃;;q=,', 'en'],
])('reads Accept-Language %j as %s', (field, language) => {
  expect(readerLanguage(field)).toBe(language)
})
