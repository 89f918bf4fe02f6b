import { createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { isSigned } from './signature.ts'

const secret = 'a secret that both of them have, long enough'
const body = Buffer.from('{"id":"1"}')
const now = new Date('2026-11-29T12:00:00Z')
const signed = (secondsOff: number, text = body.toString(), by = secret): string => {
  const t = now.getTime() / 1000 + secondsOff
  return `t=${t},v1=${createHmac('sha256', by).update(`${t}.${text}`).digest('hex')}`
}

describe('isSigned', () => {
  it.each([
    ['now', signed(0), true],
    ['a clock that is five minutes behind', signed(-300), true],
    ['a clock that is five minutes ahead', signed(300), true],
    ['overheard more than five minutes ago', signed(-301), false],
    ['from the far future', signed(301), false],
    ['another body', signed(0, '{"id":"2"}'), false],
    ['another secret', signed(0, body.toString(), 'somebody else’s secret'), false],
    ['another time than was signed', signed(0).replace(/^t=\d+/, `t=${now.getTime() / 1000 + 1}`), false],
    ['no signature', undefined, false],
    ['half of one', signed(0).slice(0, -2), false],
    ['two of them', `${signed(0)}, ${signed(0)}`, false],
  ])('%s: %s', (_what, header, fits) => {
    expect(isSigned(header, body, secret, now)).toBe(fits)
  })
})
