import { expect, it } from 'vitest'
import { isLogLevel, Log, wordsOf } from './log.ts'

it('says one line for each thing of enough weight, and who says it', () => {
  const lines: string[] = []
  const log = new Log({ service: 'mailbox', level: 'warn', print: (line) => lines.push(line) })
  log.write('info', 'ready')
  log.write('warn', 'late', { seconds: 3, sender: null })
  log.write('error', 'broken')
  expect(lines.every((line) => line.endsWith('\n'))).toBe(true)
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { time: expect.stringMatching(/Z$/), level: 'warn', service: 'mailbox', message: 'late', seconds: 3, sender: null },
    { time: expect.stringMatching(/Z$/), level: 'error', service: 'mailbox', message: 'broken' },
  ])
})

it('knows the levels, and the words of whatever was thrown', () => {
  expect(['debug', 'loud'].map(isLogLevel)).toEqual([true, false])
  expect([new Error('no room'), 'no room'].map(wordsOf)).toEqual(['no room', 'no room'])
})
