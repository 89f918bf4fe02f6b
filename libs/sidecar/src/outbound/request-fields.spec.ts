import { expect, it } from 'vitest'
import { endToEndFields, flattenFields } from './request-fields.ts'

it.each([
  ['object', { Accept: 'a', 'X-Many': ['1', '2'] }],
  ['flat list', ['Accept', 'a', 'X-Many', '1', 'X-Many', '2']],
  [
    'pairs',
    [
      ['Accept', 'a'],
      ['X-Many', ['1', '2']],
    ] as [string, string | string[]][],
  ],
  [
    'map',
    new Map<string, string | string[]>([
      ['Accept', 'a'],
      ['X-Many', ['1', '2']],
    ]),
  ],
])('reads headers that come as %s', (_name, headers) => {
  expect(flattenFields(headers)).toEqual(['accept', 'a', 'x-many', '1', 'x-many', '2'])
})

it('keeps what concerns one connection from going on, also what Connection names', () => {
  const fields = ['connection', 'close, X-Private', 'x-private', 's', 'transfer-encoding', 'chunked', 'accept', 'a']
  expect(endToEndFields(fields)).toEqual(['accept', 'a'])
})
