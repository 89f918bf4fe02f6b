import { describe, expect, it } from 'vitest'
import { readFeedCsv } from './feed-csv.ts'

const header = 'id,sku,kind,quantity,movedAt\n'
const good = 'm-1,MUG-DAWN,sold,2,2026-11-29T10:00:00Z\n'
const read = (text: string | Uint8Array) => readFeedCsv(typeof text === 'string' ? Buffer.from(text) : text)
const problemsOf = (text: string | Uint8Array) => read(text).problems.map(({ field, code }) => `${field} ${code}`)

describe('a feed as CSV', () => {
  it('is read with the numbers of its lines', () => {
    const movement = { id: 'm-1', sku: 'MUG-DAWN', kind: 'sold', quantity: 2, movedAt: '2026-11-29T10:00:00Z' }
    expect(read(header + good)).toEqual({ lines: [{ at: 'lines.2', movement }], problems: [] })
    expect(read(`\ufeff${header}${good}`.replaceAll('\n', '\r\n')).lines).toEqual([{ at: 'lines.2', movement }])
    expect(read(`${header}"m-1","MUG-DAWN",sold,2,2026-11-29T10:00:00Z\n`).lines).toEqual([{ at: 'lines.2', movement }])
    expect(read(header)).toEqual({ lines: [], problems: [] })
  })

  it.each([
    [
      'in another encoding',
      Buffer.concat([Buffer.from(header + good), Buffer.from([0x6d, 0xfc, 0x0a])]),
      ['lines.3 encoding'],
    ],
    ['in UTF-16', Buffer.from(header + good, 'utf16le'), ['lines.1 columns']],
    ['cut in a field', `${header}${good}m-2,MUG-DA`, ['lines.3 half-line']],
    [
      'cut before its end, in the middle of a number',
      `${header}${good}m-2,MUG-DAWN,sold,12,2026-11-29T10:00:00Z`,
      ['lines.3 half-line'],
    ],
    ['cut in a quote', `${header}${good}"m-2,MUG-DAWN,sold,1,2026-11-29T10:00:00Z\n`, ['lines.3 half-line']],
    ['without a header', good, ['lines.1 columns']],
    ['empty', '', ['lines.1 columns']],
    ['with another column', `${header}${good.trim()},7\n`, ['lines.2 columns']],
    ['with a negative number', `${header}m,MUG-DAWN,sold,-2,2026-11-29T10:00:00Z\n`, ['lines.2.quantity too-small']],
    ['with nothing', `${header}m,MUG-DAWN,sold,0,2026-11-29T10:00:00Z\n`, ['lines.2.quantity too-small']],
    [
      'with a number of JavaScript',
      `${header}m,MUG-DAWN,sold,0x10,2026-11-29T10:00:00Z\n`,
      ['lines.2.quantity format'],
    ],
    ['with a fraction', `${header}m,MUG-DAWN,sold,1.5,2026-11-29T10:00:00Z\n`, ['lines.2.quantity format']],
    ['with another kind', `${header}m,MUG-DAWN,lost,1,2026-11-29T10:00:00Z\n`, ['lines.2.kind choice']],
    ['with a time of no zone', `${header}m,MUG-DAWN,sold,1,2026-11-29 10:00\n`, ['lines.2.movedAt format']],
    ['with a formula for an id', `${header}=1+1,MUG-DAWN,sold,1,2026-11-29T10:00:00Z\n`, ['lines.2.id format']],
    ['with a line without end', `${header}${'x'.repeat(5_000)}\n`, ['lines.2 format']],
    ['with a quote in the middle', `${header}m"1,MUG-DAWN,sold,1,2026-11-29T10:00:00Z\n`, ['lines.2 format']],
  ])('%s is refused by line', (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems)
  })

  it('names every line that is wrong, not only the first', () => {
    const text = `${header}${good}a,MUG-DAWN,sold,-1,2026-11-29T10:00:00Z\nb,mug,sold,1,2026-11-29T10:00:00Z\n`
    expect(problemsOf(text)).toEqual(['lines.3.quantity too-small', 'lines.4.sku format'])
  })
})
