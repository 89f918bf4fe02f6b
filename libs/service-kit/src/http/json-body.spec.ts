import { describe, expect, it } from 'vitest'
import { firstRepeatedName } from './json-body.ts'

describe('firstRepeatedName', () => {
  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"items":[{"sku":"A","quantity":1},{"sku":"B","quantity":1,"quantity":2}]}', 'items.1.quantity'],
    ['{"items":[],"x":{"y":[[1,2],{"k":0,"k":0}]}}', 'x.y.1.k'],
    [String.raw`{"a":1,"\u0061":2}`, 'a'],
    [String.raw`{"a\"b":1,"a\"b":2}`, 'a"b'],
    ['{"":1,"":2}', ''],
  ])('%s', (json, field) => expect(firstRepeatedName(json)).toBe(field))

  it.each([
    '{"a":"a","b":["a","a"],"c":{"a":1}}',
    '{"a":"{\\"a\\":1,\\"a\\":2}","b":"a,b"}',
    '[{"a":1},{"a":1}]',
    '{"a":[],"b":{},"c":[{}]}',
    '"a"',
    `${'['.repeat(30_000)}${']'.repeat(30_000)}`,
  ])('finds none in %.60s', (json) => {
    JSON.parse(json)
    expect(firstRepeatedName(json)).toBeNull()
  })
})
