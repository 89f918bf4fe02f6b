import { expect, test } from 'vitest'
import { placesOf, problemsOf } from '../testing/problems.ts'

const server = (protocol: string, tls: string) =>
  placesOf(
    problemsOf(
      'Gateway',
      `{selector: {a: b}, servers: [{port: {number: 1, name: a, protocol: ${protocol}}, hosts: [a.org]${tls}}]}`,
    ),
  )

test.each([
  ['HTTP', ', tls: {httpsRedirect: true}'],
  ['HTTP2', ''],
  ['HTTPS', ', tls: {mode: SIMPLE, credentialName: shop}'],
  ['HTTPS', ', tls: {mode: PASSTHROUGH}'],
  ['TLS', ', tls: {mode: PASSTHROUGH}'],
])('%s%s is fine', (protocol, tls) => {
  expect(server(protocol, tls)).toEqual([])
})

test.each([
  ['TCP', '', 'port.protocol'],
  ['MONGO', '', 'port.protocol'],
  ['HTTPS', '', 'tls'],
  ['HTTP', ', tls: {mode: SIMPLE, credentialName: shop}', 'tls.mode'],
  ['HTTPS', ', tls: {mode: SIMPLE}', 'tls.credentialName'],
  ['HTTPS', ', tls: {mode: MUTUAL, credentialName: ../shop}', 'tls.credentialName'],
  ['HTTPS', ', tls: {mode: ISTIO_MUTUAL}', 'tls.mode'],
  ['HTTPS', ', tls: {mode: SIMPLE, credentialName: a, minProtocolVersion: TLSV1_0}', 'tls.minProtocolVersion'],
  ['TLS', ', tls: {mode: SIMPLE, credentialName: a}', 'tls.mode'],
])('%s%s: an error at %s', (protocol, tls, path) => {
  expect(server(protocol, tls)).toContain(`error spec.servers[0].${path}`)
})
