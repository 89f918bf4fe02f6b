import { expect, it } from 'vitest'
import { carriesHttp } from './protocol.ts'

it.each([
  ['http', true],
  ['HTTP-web', true],
  ['http2', true],
  ['grpc', true],
  ['grpc-web', true],
  ['grpc-web-shop', true],
  ['tcp-redis', false],
  ['tls-db', false],
  ['https', false],
  ['mongo', false],
  ['mysql', false],
  ['redis', false],
  ['httpx', false],
  ['something', false],
])('%s', (name, http) => expect(carriesHttp(name)).toBe(http))
