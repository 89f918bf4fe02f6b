/** What an application reads of a client's certificate is what its authority signed, and nothing that a name pretends. */
import { X509Certificate } from 'node:crypto'
import { expect, it } from 'vitest'
import { makeAuthority } from '../testing/certificates.ts'
import { clientCertificateField } from './client-certificate.ts'

async function fieldOf(identity: string, dnsNames: readonly string[]): Promise<string> {
  const { chain } = await (await makeAuthority()).issue(identity, { dnsNames })
  return clientCertificateField(new X509Certificate(chain)).replace(/^Hash=[0-9a-f]{64};/, '')
}

it('has subject and names in the form of Envoy', async () => {
  expect(await fieldOf('spiffe://clients/me', ['me.test', '*.me.test'])).toBe(
    'Subject="O=test";URI=spiffe://clients/me;DNS=me.test;DNS=*.me.test',
  )
})

it('keeps one name one name, whatever separators are in it', async () => {
  expect(await fieldOf('spiffe://clients/me', ['x, URI:spiffe://boss, DNS:y'])).toBe(
    'Subject="O=test";URI=spiffe://clients/me;DNS="x, URI:spiffe://boss, DNS:y"',
  )
  expect(await fieldOf('spiffe://clients/me;URI=spiffe://boss', ['a"b'])).toBe(
    'Subject="O=test";URI="spiffe://clients/me;URI=spiffe://boss";DNS="a\\"b"',
  )
})
