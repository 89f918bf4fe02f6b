import { expect, it } from 'vitest'
import { carriageOfPort } from './port-protocol.ts'

it.each([
  ['http', 80, 'HTTP'],
  ['HTTP-web', 80, 'HTTP'],
  ['http2', 80, 'HTTP'],
  ['grpc', 80, 'HTTP'],
  ['grpc-web-shop', 80, 'HTTP'],
  ['tcp-redis', 80, 'TCP'],
  ['tls-db', 80, 'TLS'],
  ['https', 443, 'TLS'],
  ['mongo', 80, 'TCP'],
  ['udp-dns', 80, 'UDP'],
  ['something', 80, 'HTTP'],
  [undefined, 3306, 'TCP'],
  ['something', 27017, 'TCP'],
])('a port %s at %i carries %s', (name, port, carriage) => expect(carriageOfPort(port, name)).toBe(carriage))
