/** HTTPS at the edge, with real certificates: which server speaks, what it asks of the client, what goes on as TLS, and what changes on disk. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import https from 'node:https'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { GatewayServer, GatewaySnapshot } from '@meshmart/mesh-policy'
import { makeAuthority, type TestAuthority } from '../testing/certificates.ts'
import { eventually } from '../testing/eventually.ts'
import { TestMesh, type RunningWorkload } from '../testing/mesh.ts'
import { clusterOf, routeTo } from '../testing/snapshots.ts'
import { freePort } from '../testing/free-ports.ts'

let mesh: TestMesh
let gateway: RunningWorkload
let publicAuthority: TestAuthority
let clientAuthority: TestAuthority
let directory: string
let port: number
let tlsPort: number
let outside: tls.Server
const own = 'gateway.meshmart.svc.cluster.local'
const passed = 'passed.example.com'

async function writeCredential(name: string, dnsNames: readonly string[], ca?: string): Promise<void> {
  const { key, chain } = await publicAuthority.issue(`spiffe://public/${name}`, { dnsNames })
  await mkdir(join(directory, name), { recursive: true })
  await writeFile(join(directory, name, 'tls.crt'), chain)
  await writeFile(join(directory, name, 'tls.key'), key)
  if (ca !== undefined) await writeFile(join(directory, name, 'ca.crt'), ca)
}

function server(
  name: string,
  hosts: string[],
  mode: 'SIMPLE' | 'MUTUAL' | 'PASSTHROUGH',
  more: Partial<NonNullable<GatewayServer['tls']>> = {},
): GatewayServer {
  return {
    source: `Gateway default/${name}`,
    port: { number: 443, name, protocol: mode === 'PASSTHROUGH' ? 'TLS' : 'HTTPS' },
    hosts,
    tls: {
      httpsRedirect: false,
      mode,
      credentialName: mode === 'PASSTHROUGH' ? null : name,
      minProtocolVersion: 'TLSv1.2',
      ...more,
    },
  }
}

function mutual({ tls: written }: GatewayServer): GatewayServer['tls'] {
  return written === undefined ? undefined : { ...written, mode: 'MUTUAL' }
}

const toPassed = clusterOf(passed, { name: `outbound|443||${passed}`, port: 443, tls: 'DISABLE' })
const snapshot: GatewaySnapshot = {
  selector: { istio: 'ingressgateway' },
  servers: [
    {
      source: 'Gateway default/plain',
      port: { number: 80, name: 'http', protocol: 'HTTP' },
      hosts: ['shop.test'],
      tls: { httpsRedirect: true, mode: null, credentialName: null, minProtocolVersion: 'TLSv1.2' },
    },
    server('wide', ['default/*.shop.test', 'shop.test'], 'SIMPLE'),
    server('other', ['other.shop.test'], 'SIMPLE'),
    server('admin', ['admin.shop.test'], 'MUTUAL'),
    server('modern', ['modern.test'], 'SIMPLE', { minProtocolVersion: 'TLSv1.3' }),
    server('absent', ['absent.test'], 'SIMPLE'),
    server('careless', ['careless.test'], 'MUTUAL'),
    server('through', [passed, '*.closed.test'], 'PASSTHROUGH'),
  ],
  virtualHosts: [
    {
      hosts: ['*'],
      port: 443,
      routes: [
        routeTo(own, {
          name: 'never',
          match: [{ scheme: { kind: 'exact', value: 'http' } }],
          directResponse: { status: 418, body: '' },
        }),
        routeTo(own, {
          name: 'moved',
          match: [{ uri: { kind: 'prefix', value: '/moved' } }],
          destinations: [],
          redirect: { uri: '/new', status: 302 },
        }),
        routeTo(own, { name: 'own', match: [{ scheme: { kind: 'exact', value: 'https' } }] }),
      ],
    },
  ],
  tcp: {
    '443': {
      protocol: 'TLS',
      routes: [
        {
          name: '0',
          source: 'VirtualService default/through',
          match: [{ sniHosts: [passed] }],
          destinations: [{ cluster: toPassed.name, weight: 100 }],
        },
      ],
    },
  },
  clusters: { [clusterOf(own).name]: clusterOf(own), [toPassed.name]: toPassed },
}

beforeAll(async () => {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER is not set: run through the root vitest config')
  directory = await mkdtemp(join(tmpdir(), 'ingress-credentials-'))
  publicAuthority = await makeAuthority('public')
  clientAuthority = await makeAuthority('clients')
  await writeCredential('wide', ['*.shop.test', 'shop.test'])
  await writeCredential('other', ['other.shop.test'])
  await writeCredential('admin', ['admin.shop.test'], clientAuthority.root)
  await writeCredential('modern', ['modern.test'])
  await writeCredential('careless', ['careless.test'])
  const { key, chain } = await publicAuthority.issue('spiffe://public/passed', { dnsNames: [passed] })
  outside = tls.createServer({ key, cert: chain }, (socket) => {
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => socket.end(`passed ${bytes.toString()}`))
  })
  outside.on('tlsClientError', () => undefined)
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve))
  mesh = await TestMesh.start(binary)
  await mesh.put(`endpoints.${passed}`, {
    host: passed,
    endpoints: [
      {
        instance: 'passed-0',
        address: 'localhost',
        ports: { '443': portOf(outside) },
        identity: '',
        transport: 'plaintext',
        labels: {},
        locality: '',
        weight: 1,
      },
    ],
  })
  await mesh.put('gateway.istio-ingressgateway', snapshot)
  gateway = await mesh.run('gateway', 'gateway-1', (request, response) => {
    response.end(JSON.stringify({ headers: request.headers, distinct: request.headersDistinct['x-forwarded-proto'] }))
  })
  port = await freePort()
  tlsPort = await freePort()
  await gateway.sidecar.openIngress({
    address: '127.0.0.1',
    port,
    selector: 'istio-ingressgateway',
    tls: { port: tlsPort, credentialsDirectory: directory },
  })
  await eventually(async () => expect((await get('shop.test')).status).toBe(200))
})
afterAll(async () => {
  await mesh.stop()
  outside.close()
  await rm(directory, { recursive: true, force: true })
})

function portOf(listening: net.Server): number {
  const address = listening.address()
  return address === null || typeof address === 'string' ? 0 : address.port
}
interface Got {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
  readonly certificateFor: string
}

function get(servername: string, more: https.RequestOptions = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const options = { host: '127.0.0.1', port: tlsPort, servername, ca: publicAuthority.root, agent: false } as const
    https
      .get({ ...options, headers: { host: servername }, ...more }, (response) => {
        const socket = response.socket as tls.TLSSocket
        const certificateFor = socket.getPeerX509Certificate()?.subjectAltName ?? ''
        let body = ''
        response.on('data', (chunk: Buffer) => (body += chunk.toString()))
        response.on('end', () => {
          const { statusCode = 0, headers } = response
          resolve({ status: statusCode, location: headers.location, body, certificateFor })
        })
      })
      .on('error', reject)
  })
}

const refusals = (): string =>
  gateway.log.lines
    .filter((line) => line.message.includes('refused'))
    .map((line) => String(line.fields['reason']))
    .join('\n')

describe('SIMPLE', () => {
  it('shows the certificate of the most specific host and speaks HTTPS', async () => {
    const wide = await get('a.shop.test')
    expect(wide.certificateFor).toContain('DNS:*.shop.test')
    expect(JSON.parse(wide.body)).toMatchObject({
      headers: { 'x-forwarded-proto': 'https', host: 'a.shop.test' },
      distinct: ['https'],
    })
    expect((await get('other.shop.test')).certificateFor).toContain('DNS:other.shop.test')
  })

  it('tells routes and redirects that the scheme is https', async () => {
    expect(await get('shop.test', { path: '/moved' })).toMatchObject({ status: 302, location: 'https://shop.test/new' })
  })

  it('believes nobody about the scheme or a certificate', async () => {
    const headers = { host: 'shop.test', 'x-forwarded-proto': 'http', 'x-forwarded-client-cert': 'URI=spiffe://me' }
    const { headers: seen } = JSON.parse((await get('shop.test', { headers })).body)
    expect(seen).toMatchObject({ 'x-forwarded-proto': 'https' })
    expect(seen['x-forwarded-client-cert']).toBeUndefined()
  })

  it('refuses who asks for a name that nobody speaks for, in words of TLS, and says so in the log', async () => {
    await expect(get('stranger.test')).rejects.toThrow(/unrecognized[ _]name/i)
    expect(refusals()).toContain('no TLS server of a Gateway speaks for stranger.test')
    await expect(get('')).rejects.toThrow()
    expect(refusals()).toContain('no TLS server of a Gateway speaks for a client that names no server')
  })

  it('refuses an older protocol than the server wants', async () => {
    await expect(get('modern.test', { maxVersion: 'TLSv1.2' })).rejects.toThrow()
    await eventually(() => expect(refusals()).toContain('the client speaks no TLSv1.3'))
    expect((await get('modern.test')).status).toBe(200)
    expect((await get('shop.test', { maxVersion: 'TLSv1.2' })).status).toBe(200)
  })

  it('refuses where the credential is not there, and says which', async () => {
    await expect(get('absent.test')).rejects.toThrow()
    expect(refusals()).toMatch(/no credential absent for Gateway default\/absent: ENOENT/)
  })

  it('refuses what is no TLS', async () => {
    const socket = net.connect({ host: '127.0.0.1', port: tlsPort })
    socket.write('GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n')
    await new Promise((resolve) =>
      socket
        .on('error', () => undefined)
        .once('close', resolve)
        .resume(),
    )
    expect(refusals()).toContain('no TLS')
  })

  it('outlives a client that resets before it has said anything', async () => {
    const socket = net.connect({ host: '127.0.0.1', port: tlsPort })
    await new Promise((resolve) => socket.once('connect', resolve))
    socket.write(Buffer.from([0x16, 3]))
    socket.resetAndDestroy()
    expect((await get('shop.test')).status).toBe(200)
  })
})

describe('MUTUAL', () => {
  it('lets in whoever an authority of ca.crt vouches for, and tells the application who that is', async () => {
    const { key, chain } = await clientAuthority.issue('spiffe://clients/ns/x/sa/me', { dnsNames: ['me.test'] })
    const { body } = await get('admin.shop.test', { key, cert: chain })
    const { headers } = JSON.parse(body)
    expect(headers['x-forwarded-client-cert']).toMatch(
      /^Hash=[0-9a-f]{64};Subject="O=test";URI=spiffe:\/\/clients\/ns\/x\/sa\/me;DNS=me\.test$/,
    )
  })

  it('refuses everybody else, with the reason', async () => {
    await expect(get('admin.shop.test')).rejects.toThrow()
    await eventually(() => expect(refusals()).toContain('the peer showed no certificate'))
    const { key, chain } = await publicAuthority.issue('spiffe://clients/ns/x/sa/me')
    await expect(get('admin.shop.test', { key, cert: chain })).rejects.toThrow()
    await eventually(() => expect(refusals()).toMatch(/certificate is not trusted/))
  })

  it('cannot be reached through a connection that was made for another server of the same port', async () => {
    const { status, body } = await get('a.shop.test', { headers: { host: 'admin.shop.test' } })
    expect([status, JSON.parse(body).code]).toEqual([421, 'mesh-nr'])
  })

  it('is refused altogether without ca.crt', async () => {
    await expect(get('careless.test')).rejects.toThrow()
    expect(refusals()).toContain('Gateway default/careless is MUTUAL, and credential careless has no ca.crt')
  })
})

describe('PASSTHROUGH', () => {
  const talk = (servername: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = tls.connect({ host: '127.0.0.1', port: tlsPort, servername, ca: publicAuthority.root }, () =>
        socket.write('hello'),
      )
      let text = ''
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
      socket.on('end', () => resolve(text))
      socket.on('error', reject)
    })

  it('carries TLS to where the name leads, without ending it', async () => {
    expect(await talk(passed)).toBe('passed hello')
  })

  it('closes where no route takes the name, and writes that down', async () => {
    await talk('x.closed.test').catch(() => undefined)
    await eventually(async () =>
      expect(await readFile(gateway.accessLogFile, 'utf8')).toMatch(
        / tcp NR "no route of x\.closed\.test:443 takes a connection for x\.closed\.test" .* sni="x\.closed\.test"/,
      ),
    )
  })

  it('asks the policies of the gateway what can be told of a connection', async () => {
    const source = 'AuthorizationPolicy default/no-passing'
    const authorizationPolicies = [
      {
        source,
        action: 'DENY' as const,
        rules: [{ from: [], to: [], when: [{ key: 'connection.sni', values: [passed] }] }],
      },
    ]
    await mesh.put('gateway.istio-ingressgateway', {
      ...snapshot,
      inbound: { namespace: 'default', workload: 'gateway', authorizationPolicies },
    })
    await eventually(async () => {
      expect(await talk(passed).catch(() => '')).toBe('')
      expect(refusals()).toContain(source)
    })
    expect((await get('shop.test')).status).toBe(200)
    await mesh.put('gateway.istio-ingressgateway', snapshot)
    await eventually(async () => expect(await talk(passed).catch(() => '')).toBe('passed hello'))
  })
})

it('asks anew what a connection had to prove when the Gateway changes under it', async () => {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 })
  try {
    expect((await get('shop.test', { agent })).status).toBe(200)
    const servers = snapshot.servers.map((each) => (each.port.name === 'wide' ? { ...each, tls: mutual(each) } : each))
    await mesh.put('gateway.istio-ingressgateway', { ...snapshot, servers })
    await eventually(async () => expect((await get('shop.test', { agent })).status).toBe(421))
  } finally {
    agent.destroy()
    await mesh.put('gateway.istio-ingressgateway', snapshot)
  }
  await eventually(async () => expect((await get('shop.test')).status).toBe(200))
})

describe('credentials on disk', () => {
  it('are read again when they change; broken ones are refused and the last good ones go on', async () => {
    const before = await get('other.shop.test')
    await writeFile(join(directory, 'other', 'tls.crt'), 'no certificate')
    await eventually(() => expect(gateway.log.text).toMatch(/error ingress: credential refused other/))
    expect((await get('other.shop.test')).certificateFor).toBe(before.certificateFor)
    await writeCredential('other', ['other.shop.test', 'renewed.shop.test'])
    await eventually(async () =>
      expect((await get('other.shop.test')).certificateFor).toContain('DNS:renewed.shop.test'),
    )
  })

  it('are found when they come late', async () => {
    await writeCredential('absent', ['absent.test'])
    await eventually(async () => expect((await get('absent.test')).status).toBe(200))
  })
})

it('sends plain requests to the TLS port that belongs to theirs', async () => {
  const locate = async (host: string): Promise<string | null> => {
    const socket = net.connect({ host: '127.0.0.1', port })
    socket.write(`GET /a HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)
    let text = ''
    socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
    await new Promise((resolve) => socket.once('close', resolve))
    return /^location: (.*)\r$/im.exec(text)?.[1] ?? null
  }
  expect(await locate(`shop.test:${port}`)).toBe(`https://shop.test:${tlsPort}/a`)
  expect(await locate('shop.test')).toBe('https://shop.test/a')
})

it('names address, port and setting where the TLS port is taken, and lets go of the plain one', async () => {
  const free = await freePort()
  const options = { address: '127.0.0.1', port: free, selector: 'istio-ingressgateway' }
  await expect(
    gateway.sidecar.openIngress({ ...options, tls: { port: tlsPort, credentialsDirectory: null } }),
  ).rejects.toThrow(`settings: PUBLIC_TLS_PORT: 127.0.0.1:${tlsPort} is taken`)
  await eventually(async () => {
    const server = net.createServer()
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(free, '127.0.0.1', resolve))
    await new Promise((resolve) => server.close(resolve))
  })
})

it('ends idle connections when it drains, and takes no new ones', async () => {
  const agent = new https.Agent({ keepAlive: true })
  await get('shop.test', { agent })
  const [idle] = Object.values(agent.freeSockets)[0] ?? []
  const closed = new Promise((resolve) => idle?.once('close', resolve))
  await gateway.sidecar.drain()
  await closed
  await expect(get('shop.test')).rejects.toThrow(/ECONNREFUSED/)
  agent.destroy()
})
