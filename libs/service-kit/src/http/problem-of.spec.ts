import { describe, expect, test } from 'vitest'
import { DatabaseError } from 'pg'
import { TransactionTimeout } from '../database/database.ts'
import { problemOf } from './problem-of.ts'

const answered = (code: string): Error => Object.assign(new DatabaseError('refused', 7, 'error'), { code })

describe('a database that is away', () => {
  test.each([
    ['is starting up', answered('57P03')],
    ['is shutting down', answered('57P01')],
    ['has no row free in time', answered('55P03')],
    ['cannot be reached', Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })],
    ['went away in the middle', new Error('Connection terminated unexpectedly')],
    ['answers too late', new TransactionTimeout('the transaction took longer than 5000 ms')],
    ['had no connection free in time', new Error('timeout exceeded when trying to connect')],
  ])('%s: 503, try again', (_, error) => {
    expect(problemOf(error).code).toBe('upstream-unavailable')
  })

  test('a statement that is wrong is our own failure', () => {
    expect(problemOf(answered('42601')).code).toBe('internal-error')
    expect(problemOf(new Error('anything else')).code).toBe('internal-error')
  })
})
