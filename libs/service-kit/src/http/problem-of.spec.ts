import { describe, expect, test } from 'vitest'
import { problemOf } from './problem-of.ts'

const prisma = (meta: object, code = 'P2010'): Error => Object.assign(new Error('Raw query failed'), { code, meta })

describe('a database that is away', () => {
  test.each([
    ['is starting up', prisma({ driverAdapterError: { cause: { originalCode: '57P03' } } })],
    ['is shutting down', Object.assign(new Error('terminating connection'), { code: '57P01' })],
    ['cannot be reached', Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })],
    ['went away in the middle', new Error('Connection terminated unexpectedly')],
    ['is not reachable for Prisma', prisma({}, 'P1001')],
    ['had no connection free in time', new Error('timeout exceeded when trying to connect')],
  ])('%s: 503, try again', (_, error) => {
    expect(problemOf(error).code).toBe('upstream-unavailable')
  })

  test('a statement that is wrong is our own failure', () => {
    expect(problemOf(prisma({ driverAdapterError: { cause: { originalCode: '42601' } } })).code).toBe('internal-error')
    expect(problemOf(new Error('anything else')).code).toBe('internal-error')
  })
})
