import { expect, it } from 'vitest'
import { RecordedLog } from '../testing/recorded-log.ts'
import { Refusals } from './refusals.ts'

it('a flood of refusals is counted, and logged twenty times a second', () => {
  const log = new RecordedLog()
  const refusals = new Refusals(log, 80)
  for (let index = 0; index < 50; index++) refusals.refused('127.0.0.1', 'no', 1000)
  expect([refusals.count, log.lines.length]).toEqual([50, 20])
  refusals.refused(undefined, 'no', 2000)
  expect(log.lines.at(-1)?.fields).toEqual({
    from: 'a peer that is gone',
    servicePort: 80,
    reason: 'no',
    notLogged: 30,
  })
})
