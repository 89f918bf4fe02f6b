import { categories, declineReasons, languages, orderStates, returnStates, testCards } from '@meshmart/contracts'
import { describe, expect, it } from 'vitest'
import { officeCatalogue } from '../admin/texts/office-texts.ts'
import { formFields } from '../checkout/form.ts'
import { catalogue, firstLanguage } from './language.tsx'

type Node = string | ((...values: never[]) => string) | { [key: string]: Node }

/** Every text by its dotted key; a text with parameters is called with a number, which every one of them can print. */
function flatten(node: Node, path = ''): [string, string][] {
  if (typeof node === 'string') return [[path, node]]
  if (typeof node === 'function') return [[path, (node as (...values: unknown[]) => string)(3, 4)]]
  return Object.entries(node).flatMap(([key, child]) => flatten(child, path ? `${path}.${key}` : key))
}

const wordsOf = (node: Record<(typeof languages)[number], Node>) =>
  Object.fromEntries(languages.map((language) => [language, new Map(flatten(node[language]))]))
const texts = wordsOf(catalogue)
const officeTexts = wordsOf(officeCatalogue)

describe.each([
  ['the catalogue', texts],
  ['the back office’s catalogue', officeTexts],
])('%s', (_name, texts) => {
  it('has the same keys in every language', () => {
    for (const language of languages) expect([...texts[language]!.keys()]).toEqual([...texts['en']!.keys()])
  })

  it('has no empty text', () => {
    for (const language of languages)
      for (const [key, text] of texts[language]!) expect(text.trim(), `${language} ${key}`).not.toBe('')
  })

  it('is written in Chinese where it says so', () => {
    const sameInBoth = ['shop.name', 'checkout.lineProblem', 'supply.way']
    for (const [key, text] of texts['zh-CN']!)
      if (!sameInBoth.includes(key)) expect(text, key).toMatch(/\p{Script=Han}/u)
  })
})

describe('the catalogue that customers read', () => {
  it('uses no term of the trade where customers read', () => {
    const jargon = /\b(mesh|sidecar|proxy|mTLS|SPIFFE|span|replica|idempoten\w*|saga|upstream|SSE|HTTP)\b/i
    for (const [key, text] of texts['en']!) expect(text, key).not.toMatch(jargon)
  })

  it('has words for everything that the contracts can say', () => {
    for (const language of languages) {
      const { category, checkout, order } = catalogue[language]
      for (const each of categories) expect(category[each]).toBeTruthy()
      for (const { behaviour } of testCards) expect(checkout.testCard[behaviour].what).toBeTruthy()
      for (const state of orderStates) expect(order.now[state]).toBeTruthy()
      for (const state of returnStates) expect(order.giveBack.state[state]).toBeTruthy()
      for (const reason of [...declineReasons, 'sold-out', 'price-changed', 'unknown-sku'] as const)
        expect(order.rejection[reason].todo).toBeTruthy()
      for (const field of formFields) expect(checkout.wrong[field]).toBeTruthy()
    }
  })
})

describe('firstLanguage', () => {
  it('takes what the reader chose, else what the browser asks for, else English', () => {
    expect(firstLanguage('zh-CN', ['en-GB'])).toBe('zh-CN')
    expect(firstLanguage(null, ['zh-TW', 'en'])).toBe('zh-CN')
    expect(firstLanguage('tlh', ['fr'])).toBe('en')
  })
})
