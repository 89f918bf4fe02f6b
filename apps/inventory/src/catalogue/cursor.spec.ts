import { describe, expect, it } from 'vitest'
import { decodeCursor, encodeCursor } from './cursor.ts'

const place = { position: 12, sku: 'MUG-DAWN' }
const raw = (text: string): string => Buffer.from(text).toString('base64url')

describe('cursor', () => {
  it('names the place that it was made of', () => {
    expect(decodeCursor(encodeCursor(place))).toEqual(place)
    expect(decodeCursor(encodeCursor({ ...place, score: 87_500 }))).toEqual({ ...place, score: 87_500 })
  })

  it.each([
    ['empty', ''],
    ['not base64url', '%%%'],
    ['padded', `${encodeCursor(place)}=`],
    ['followed by rubbish', `${encodeCursor(place)}!`],
    ['no position', raw('MUG-DAWN')],
    ['leading zero', raw('012:MUG-DAWN')],
    ['negative', raw('-1:MUG-DAWN')],
    ['not a SKU', raw("1:' OR 1=1")],
    ['not Latin', raw('1:杯子-晨')],
    ['a score that is no number', raw('0.5:12:MUG-DAWN')],
    ['beyond an integer column', raw('99999999999:MUG-DAWN')],
  ])('refuses one that is %s', (_, cursor) => {
    expect(decodeCursor(cursor)).toBeUndefined()
  })
})
