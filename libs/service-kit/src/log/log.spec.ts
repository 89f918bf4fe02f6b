import { describe, expect, it } from 'vitest'
import { Log } from './log.ts'

function logged(write: (log: Log) => void): Record<string, unknown> {
  const lines: string[] = []
  write(
    new Log({
      level: 'info',
      service: 'notes',
      instance: 'notes-1',
      destination: { write: (line) => lines.push(line) },
    }),
  )
  expect(lines).toHaveLength(1)
  return JSON.parse(lines[0]!) as Record<string, unknown>
}

describe('Log', () => {
  it('writes one JSON line with level, time, service and message', () => {
    expect(logged((log) => log.warn('look', { orderId: 'x', n: 1n }))).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      service: 'notes',
      instance: 'notes-1',
      message: 'look',
      orderId: 'x',
      n: '1',
    })
  })

  it('never lets a secret out, however deep', () => {
    const secrets = {
      number: '4242424242424242',
      cvc: '123',
      password: 'hunter2',
      token: 't0ken',
      'set-cookie': 'c00kie',
      Authorization: 'b3arer',
    }
    const line = JSON.stringify(
      logged((log) =>
        log.error('failed', { request: { payment: [secrets] }, error: new Error('no', { cause: secrets }) }),
      ),
    )
    for (const secret of Object.values(secrets)) expect(line).not.toContain(secret)
  })

  it.each(['4242424242424242', '4242 4242 4242 4242', '4242-4242-4242-4242'])(
    'never lets the card number %s out of a text',
    (number) => {
      const line = JSON.stringify(
        logged((log) => log.error(`cannot read "${number}"`, { error: new Error(`bad: ${number}`) })),
      )
      expect(line).not.toContain(number)
      expect(line).toContain('[card …4242]')
    },
  )

  it('leaves ids, amounts and times as they are', () => {
    const fields = {
      id: '6b8b4567-1234-4567-8901-98696b8b4567',
      trace: '11111111222222223333333344444444',
      ms: 1_763_830_000_000,
    }
    expect(logged((log) => log.info('fine', fields))).toMatchObject(fields)
  })
})
