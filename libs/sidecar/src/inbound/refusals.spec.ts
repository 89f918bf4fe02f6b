import { mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { AccessLog } from '../telemetry/access-log.ts'
import { RecordedLog } from '../testing/recorded-log.ts'
import { Refusals } from './refusals.ts'

it('a flood of refusals is counted, and logged twenty times a second, also in the access log', () => {
  const log = new RecordedLog()
  const file = join(mkdtempSync(join(tmpdir(), 'refusals-')), 'access.log')
  const accessLog = new AccessLog(file)
  const refusals = new Refusals({ direction: 'inbound', port: 80, log, accessLog })
  for (let index = 0; index < 50; index++) refusals.refused('127.0.0.1', 'the "name" is wrong', 1000)
  expect([refusals.count, log.lines.length]).toEqual([50, 20])
  refusals.refused(undefined, 'no', 2000)
  expect(log.lines.at(-1)?.fields).toEqual({ from: 'a peer that is gone', port: 80, reason: 'no', notLogged: 30 })
  accessLog.close()
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  expect(lines).toHaveLength(21)
  expect(lines[0]).toBe(
    '[1970-01-01T00:00:01.000Z] inbound connection UAEX "the \\x22name\\x22 is wrong" from="127.0.0.1" port=80',
  )
})
