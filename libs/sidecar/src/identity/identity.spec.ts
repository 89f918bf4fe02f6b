import { X509Certificate } from 'node:crypto'
import { expect, it } from 'vitest'
import { makeAuthority } from '../testing/certificates.ts'
import { newKeyAndRequest } from './keys.ts'
import { identityInNames } from './peer-identity.ts'
import { renewalDelayMs } from './rotation.ts'
import { certificatesIn, validityOf } from './workload-identity.ts'

const ID = 'spiffe://cluster.local/ns/meshmart/sa/orders'

it('asks for exactly its own identity', async () => {
  const authority = await makeAuthority()
  const { csr, privateKey } = await newKeyAndRequest(ID)
  const { chain, notAfter } = await authority.sign(csr)
  expect(new X509Certificate(chain).subjectAltName).toBe(`URI:${ID}`)
  expect(validityOf(chain).notAfter.getTime()).toBe(notAfter.getTime())
  expect(privateKey).toContain('BEGIN PRIVATE KEY')
})

it('finds every root of a bundle', async () => {
  const [one, two] = [await makeAuthority('one'), await makeAuthority('two')]
  expect(certificatesIn(`${one.root}\n# the next one\n${two.root}`).length).toBe(2)
  expect(certificatesIn('nothing')).toEqual([])
})

it.each([
  ['DNS:localhost', 'has 0 URI names'],
  [`URI:${ID}, URI:${ID}`, 'has 2 URI names'],
  ['URI:https://example.com/', 'is not a SPIFFE id'],
  [`"URI:${ID}"`, 'has 0 URI names'],
  [`DNS:"a, URI:${ID}"`, 'is not a SPIFFE id'],
])('a certificate for %s is nobody', (names, reason) => {
  expect(identityInNames(names)).toContain(reason)
})

it('one SPIFFE id among other names is somebody', () => {
  expect(identityInNames(`DNS:localhost, URI:${ID}, IP Address:127.0.0.1`)).toMatchObject({
    principal: 'cluster.local/ns/meshmart/sa/orders',
  })
})

it('renews around half of the life', () => {
  const svid = { notBefore: new Date(1000), notAfter: new Date(101_000) }
  expect(renewalDelayMs(svid, 1000, 0)).toBe(45_000)
  expect(renewalDelayMs(svid, 1000, 0.999_999)).toBeCloseTo(55_000, -1)
  expect(renewalDelayMs(svid, 90_000, 0.5)).toBe(0)
})
