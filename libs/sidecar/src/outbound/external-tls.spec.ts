/** TLS to endpoints outside of the mesh: whose certificate is believed, and which one we show; over real TLS. */
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import https from 'node:https'
import type net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ClientTlsSettings, Cluster } from '@meshmart/mesh-policy'
import { ExternalTls } from '../identity/external-tls.ts'
import { trustOnly } from '../identity/workload-identity.ts'
import { makeAuthority, type TestAuthority } from '../testing/certificates.ts'
import { clusterOf } from '../testing/snapshots.ts'
import { endpointConnector } from './endpoint-pool.ts'

let authority: TestAuthority
let directory: string
let server: https.Server
let port: number
const file = (name: string): string => join(directory, name)

beforeAll(async () => {
  authority = await makeAuthority()
  directory = await mkdtemp(join(tmpdir(), 'external-tls-'))
  const own = await authority.issue('spiffe://outside/ns/x/sa/y', { dnsNames: ['api.test'] })
  const client = await authority.issue('spiffe://outside/ns/x/sa/client')
  await writeFile(file('ca.pem'), authority.root)
  await writeFile(file('other.pem'), (await makeAuthority('other')).root)
  await writeFile(file('client.pem'), client.chain)
  await writeFile(file('client.key'), client.key)
  server = https.createServer({
    key: own.key,
    cert: own.chain,
    ca: authority.root,
    requestCert: true,
    rejectUnauthorized: false,
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  port = address === null || typeof address === 'string' ? 0 : address.port
})
afterAll(async () => {
  server.close()
  server.closeAllConnections()
  await rm(directory, { recursive: true })
})

function connect(settings: Partial<ClientTlsSettings>, more: Partial<Cluster> = {}): Promise<string> {
  const cluster = clusterOf('api.test', {
    tls: 'SIMPLE',
    tlsSettings: { subjectAltNames: [], insecureSkipVerify: false, ...settings },
    ...more,
  })
  const endpoint = {
    instance: 'api-1',
    address: '127.0.0.1',
    ports: { '80': port },
    identity: '',
    transport: 'plaintext' as const,
    labels: {},
    locality: '',
    weight: 1,
  }
  const seen = new Promise<string>((resolve) =>
    server.once('secureConnection', (socket) =>
      resolve(`${String(Reflect.get(socket, 'servername'))} ${socket.getPeerCertificate().subjectaltname ?? 'nobody'}`),
    ),
  )
  return new Promise((resolve) => {
    endpointConnector(
      cluster,
      { endpoint, port },
      trustOnly(''),
      'http',
    )((error: Error | null, socket: net.Socket | null) => {
      if (socket === null) {
        server.removeAllListeners('secureConnection')
        resolve(`refused: ${error?.message}`)
        return
      }
      socket.on('error', () => undefined)
      // The server's end of the handshake comes after ours.
      void seen.then((what) => {
        socket.destroy()
        resolve(what)
      })
    })
  })
}

it('believes a certificate of the given authority with the name that was asked for', async () => {
  expect(await connect({ caCertificates: file('ca.pem') })).toBe('api.test nobody')
  expect(await connect({ caCertificates: file('ca.pem'), sni: 'other.test' })).toContain('refused')
})

it('believes no other authority, unless it is told not to look', async () => {
  expect(await connect({ caCertificates: file('other.pem') })).toContain('refused')
  expect(await connect({})).toContain('refused')
  expect(await connect({ insecureSkipVerify: true })).toBe('api.test nobody')
})

it('wants one of the given names', async () => {
  const ca = { caCertificates: file('ca.pem') }
  expect(await connect({ ...ca, subjectAltNames: ['spiffe://outside/ns/x/sa/y'] })).toBe('api.test nobody')
  expect(await connect({ ...ca, sni: 'any.test', subjectAltNames: ['api.test'] })).toBe('any.test nobody')
  expect(await connect({ ...ca, subjectAltNames: ['spiffe://outside/ns/x/sa/z'] })).toContain('wanted one of')
})

it('shows its own certificate in mode MUTUAL', async () => {
  const settings = {
    caCertificates: file('ca.pem'),
    clientCertificate: file('client.pem'),
    privateKey: file('client.key'),
  }
  expect(await connect(settings, { tls: 'MUTUAL' })).toBe('api.test URI:spiffe://outside/ns/x/sa/client')
})

it('names the file that cannot be read, and reads one again that has changed', async () => {
  expect(await connect({ caCertificates: file('missing.pem') })).toContain('missing.pem')
  await writeFile(file('changing.pem'), authority.root)
  const external = new ExternalTls(
    { caCertificates: file('changing.pem'), subjectAltNames: [], insecureSkipVerify: false },
    'api.test',
  )
  const before = external.options().secureContext
  expect(external.options().secureContext).toBe(before)
  await utimes(file('changing.pem'), 1, 1)
  expect(external.options().secureContext).not.toBe(before)
})
