import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { webcrypto } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCsr, idOf } from '../testing/workload.ts'
import { CertificateAuthority, CsrRefused } from './authority.ts'
import { initialise } from './initialise.ts'
import { generateKeyPair } from './keys.ts'
import { x509 } from './x509.ts'

const orders = { trustDomain: 'cluster.local', namespace: 'meshmart', account: 'orders' }
const now = Date.now()

describe('CertificateAuthority', () => {
  let directory: string
  let authority: CertificateAuthority
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'authority-'))
    await initialise({ directory, hosts: [], trustDomain: 'cluster.local', now })
    authority = await CertificateAuthority.open(join(directory, 'ca'), 60_000)
  })
  afterAll(() => rmSync(directory, { recursive: true }))

  it('signs the key of the CSR, for as long as it is told, for both ends of a connection', async () => {
    const keys = await generateKeyPair()
    const issued = await authority.sign(await createCsr(keys, [idOf('meshmart', 'orders')]), orders, now)
    const leaf = new x509.X509Certificate(issued.certificateChain)
    expect(Buffer.from(leaf.publicKey.rawData)).toEqual(
      Buffer.from(await webcrypto.subtle.exportKey('spki', keys.publicKey)),
    )
    expect(Math.abs(Date.parse(issued.notAfter) - now - 60_000)).toBeLessThan(1_000)
    expect(leaf.getExtension(x509.BasicConstraintsExtension)?.ca).toBe(false)
    expect(leaf.getExtension(x509.ExtendedKeyUsageExtension)?.usages).toHaveLength(2)
  })

  it.each([
    [20, 5],
    [3600, 60],
  ])(
    'begins a certificate of %i s %i s in the past: clocks differ, and half of its life is still to come',
    async (life, past) => {
      const short = await CertificateAuthority.open(join(directory, 'ca'), life * 1000)
      const issued = await short.sign(
        await createCsr(await generateKeyPair(), [idOf('meshmart', 'orders')]),
        orders,
        Math.floor(now / 1000) * 1000,
      )
      const { notBefore, notAfter } = new x509.X509Certificate(issued.certificateChain)
      expect(notAfter.getTime() - notBefore.getTime()).toBe((life + past) * 1000)
    },
  )

  it('never outlives the issuing certificate', async () => {
    const later = now + 364.9 * 86_400_000
    const long = await CertificateAuthority.open(join(directory, 'ca'), 90 * 86_400_000)
    const csr = await createCsr(await generateKeyPair(), [idOf('meshmart', 'orders')])
    expect(Date.parse((await long.sign(csr, orders, later)).notAfter)).toBeLessThanOrEqual(now + 365 * 86_400_000)
    await expect(long.sign(csr, orders, now + 366 * 86_400_000)).rejects.toThrow('run init again')
  })

  it('refuses a key of another kind', async () => {
    const p384 = { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' }
    const keys = await webcrypto.subtle.generateKey(p384, true, ['sign', 'verify'])
    const san = new x509.SubjectAlternativeNameExtension([{ type: 'url', value: idOf('meshmart', 'orders') }])
    const csr = await x509.Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm: p384, extensions: [san] })
    await expect(authority.sign(csr.toString('pem'), orders, now)).rejects.toThrow('P-256')
  })

  it('refuses a CSR whose signature is of another key, and one that is none', async () => {
    const csr = new x509.Pkcs10CertificateRequest(
      await createCsr(await generateKeyPair(), [idOf('meshmart', 'orders')]),
    )
    const bytes = Buffer.from(csr.rawData)
    bytes[bytes.length - 1]! ^= 1
    await expect(authority.sign(bytes.toString('base64'), orders, now)).rejects.toThrow(CsrRefused)
    await expect(authority.sign('hello', orders, now)).rejects.toThrow(CsrRefused)
  })
})
