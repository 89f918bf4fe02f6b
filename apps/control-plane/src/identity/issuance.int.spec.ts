import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startMesh, type RealMesh } from '../testing/real-mesh.ts'
import { call, createCsr, idOf, joinMesh, readToken } from '../testing/workload.ts'
import { generateKeyPair } from './keys.ts'
import { x509 } from './x509.ts'

const orders = idOf('meshmart', 'orders')

describe('POST /v1/certificates', () => {
  let mesh: RealMesh
  beforeAll(async () => {
    mesh = await startMesh()
  })
  afterAll(() => mesh.stop())

  const ask = async (uris: string[], token?: string, as?: { key: string; cert: string }) =>
    call(mesh, 'POST', '/v1/certificates', {
      body: { csr: await createCsr(await generateKeyPair(), uris), ...(token === undefined ? {} : { token }) },
      ...(as === undefined ? {} : { as }),
    })

  it('gives a workload with its token a short-lived certificate under its own name', async () => {
    const { status, body } = await ask([orders], readToken(mesh.directory, 'meshmart.orders'))
    expect(status).toBe(200)
    const chain = x509.PemConverter.decode(String(body['certificateChain']))
    const [leaf, issuing] = chain.map((der) => new x509.X509Certificate(der))
    const names = leaf!.getExtension(x509.SubjectAlternativeNameExtension)!.names.items
    expect(names.map(({ type, value }) => `${type} ${value}`)).toEqual([`url ${orders}`])
    expect(await leaf!.verify({ publicKey: issuing!.publicKey })).toBe(true)
    const seconds = (Date.parse(String(body['notAfter'])) - Date.now()) / 1000
    expect(seconds).toBeGreaterThan(3_590)
    expect(seconds).toBeLessThanOrEqual(3_600)
    expect(mesh.logged.join('')).toMatch(
      new RegExp(`"audit":"certificate-issued","identity":"${orders}","proof":"token"`),
    )
  })

  it('gives nothing for a token that nobody has, and leaves an audit line', async () => {
    expect((await ask([orders], 'x'.repeat(43))).status).toBe(403)
    expect(mesh.logged.join('')).toContain('"audit":"certificate-refused"')
  })

  it('gives nothing without a token and without a certificate', async () => {
    expect((await ask([orders])).status).toBe(403)
  })

  it.each([
    ["another workload's name", [idOf('meshmart', 'payments')]],
    ['a second name', [orders, idOf('meshmart', 'payments')]],
    ['a name of another trust domain', ['spiffe://elsewhere/ns/meshmart/sa/orders']],
  ])('refuses a CSR that asks for %s', async (_what, uris) => {
    const { status, body } = await ask(uris, readToken(mesh.directory, 'meshmart.orders'))
    expect(status).toBe(400)
    expect(JSON.stringify(body)).toContain(`must be ${orders}`)
  })

  it('renews with the present certificate, for the same name only', async () => {
    const as = await joinMesh(mesh, 'meshmart.orders')
    expect((await ask([orders], undefined, as)).status).toBe(200)
    expect((await ask([idOf('meshmart', 'payments')], undefined, as)).status).toBe(400)
  })

  it('takes no certificate of another authority', async () => {
    const other = await startMesh()
    const stranger = await joinMesh(other, 'meshmart.orders')
    await other.stop()
    expect((await ask([orders], undefined, stranger)).status).toBe(403)
  })

  it.each([
    ['no JSON', '{', 400, 'invalid-json'],
    ['an unknown field', { csr: 'x', fooo: 1 }, 400, 'invalid-request'],
    ['no CSR in it', { csr: 'x', token: 'y' }, 403, 'not-allowed'],
    ['a body that is too large', { csr: 'x'.repeat(20_000) }, 413, 'body-too-large'],
  ])('answers a problem to %s', async (_what, body, status, code) => {
    expect(await call(mesh, 'POST', '/v1/certificates', { body })).toMatchObject({ status, body: { code, status } })
  })

  it('answers 404 and 405 where they belong', async () => {
    expect((await call(mesh, 'GET', '/nothing')).status).toBe(404)
    expect((await call(mesh, 'PUT', '/v1/certificates')).status).toBe(405)
    expect((await call(mesh, 'GET', '/healthz/ready')).status).toBe(200)
  })
})
