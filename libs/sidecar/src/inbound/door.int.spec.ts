/** PeerAuthentication over real TLS: who gets in, in which mode, and what is said about who does not. */
import type { RequestListener } from 'node:http'
import net from 'node:net'
import tls from 'node:tls'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeAuthority, type TestAuthority } from '../testing/certificates.ts'
import { eventually } from '../testing/eventually.ts'
import { sendRaw } from '../testing/raw-request.ts'
import { Door, OWN_ID, PEER_ID, type DoorOptions } from './testing/door.ts'

let authority: TestAuthority
const doors: Door[] = []

beforeAll(async () => {
  authority = await makeAuthority()
})
afterEach(() => {
  for (const door of doors.splice(0)) door.close()
})

const source = 'PeerAuthentication meshmart/orders'
async function open(peerAuthentication: object, options: DoorOptions = {}): Promise<Door> {
  const door = await Door.open(
    authority,
    { peerAuthentication: { mode: 'STRICT', source, ...peerAuthentication } },
    options,
  )
  doors.push(door)
  return door
}
const raw = (door: Door): net.Socket => net.connect(door.port, '127.0.0.1')

describe('STRICT', () => {
  it('lets in who proves an identity, and knows where from', async () => {
    const door = await open({})
    expect((await door.ask('/a', { servername: 'outbound_.80_._.orders' })).status).toBe(200)
    expect(door.ended[0]?.peer).toMatchObject({ spiffeId: PEER_ID, principal: PEER_ID.slice('spiffe://'.length) })
    expect(door.ended[0]?.connection).toMatchObject({
      servicePort: 80,
      sourceIp: '127.0.0.1',
      destinationIp: '127.0.0.1',
      sni: 'outbound_.80_._.orders',
      forwardedClientCert: `By=${OWN_ID};URI=${PEER_ID}`,
    })
  })

  it.each([
    ['HTTP', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'plaintext, and PeerAuthentication is STRICT'],
    ['a database', '\u0000\u0000\u0000\u0008\u0004\u00d2\u0016\u002f', 'plaintext, and PeerAuthentication is STRICT'],
  ])('refuses plaintext: %s', async (_what, text, reason) => {
    const door = await open({})
    expect((await sendRaw(raw(door), text)).status).toBe(0)
    await eventually(() => expect(door.log.text).toContain(reason))
    expect(door.listener.refused).toBe(1)
    expect(door.ended.length).toBe(0)
  })

  it('says why a certificate is not good enough', async () => {
    const door = await open({})
    const foreign = await (await makeAuthority('foreign')).issue(PEER_ID)
    const expired = await authority.issue(PEER_ID, { lifeMs: -30_000 })
    const elsewhere = await authority.issue('spiffe://elsewhere.org/ns/meshmart/sa/gateway')
    const nobody = await authority.issue('https://example.com/')
    for (const as of [foreign, expired, elsewhere, nobody]) await expect(door.ask('/', { as })).rejects.toThrow()
    const bare = tls.connect({ host: '127.0.0.1', port: door.port, rejectUnauthorized: false })
    await sendRaw(bare, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await eventually(() => {
      expect(door.log.text).toContain('(no authority of the trust bundle issued it)')
      expect(door.log.text).toContain('not trusted: CERT_HAS_EXPIRED (it has expired)')
      expect(door.log.text).toContain('spiffe://elsewhere.org/ns/meshmart/sa/gateway is of another trust domain than')
      expect(door.log.text).toContain('https://example.com/ is not a SPIFFE id')
      expect(door.log.text).toContain('the peer showed no certificate')
    })
    expect(door.listener.refused).toBe(5)
    expect(door.ended.length).toBe(0)
  })

  it('lets in an identity of another trust domain that is an alias of ours', async () => {
    const door = await open({})
    door.apply({ trustDomainAliases: ['elsewhere.org'] })
    const elsewhere = await authority.issue('spiffe://elsewhere.org/ns/meshmart/sa/gateway')
    expect((await door.ask('/', { as: elsewhere })).status).toBe(200)
    const third = await authority.issue('spiffe://third.org/ns/meshmart/sa/gateway')
    await expect(door.ask('/', { as: third })).rejects.toThrow()
  })

  it('does not wait for ever for a handshake', async () => {
    const door = await open({}, { handshakeTimeoutMs: 80 })
    await sendRaw(raw(door))
    await eventually(() => expect(door.log.text).toContain('the handshake was not over in time'))
    await eventually(() => expect(door.listener.connections).toBe(0))
  })

  it('speaks no TLS below 1.3', async () => {
    const door = await open({})
    const old = tls.connect({ host: '127.0.0.1', port: door.port, rejectUnauthorized: false, maxVersion: 'TLSv1.2' })
    await sendRaw(old, 'GET / HTTP/1.1\r\n\r\n')
    await eventually(() => expect(door.log.text).toContain('the peer speaks no TLS 1.3'))
  })

  it('takes the certificate of the day for new connections', async () => {
    const door = await open({})
    const next = await authority.issue(OWN_ID)
    const shown = async (): Promise<string> => {
      const as = await authority.issue(PEER_ID)
      return new Promise((resolve, reject) => {
        const socket = tls.connect(
          { host: '127.0.0.1', port: door.port, key: as.key, cert: as.chain, rejectUnauthorized: false },
          () => {
            resolve(socket.getPeerX509Certificate()?.serialNumber ?? '')
            socket.destroy()
          },
        )
        socket.on('error', reject)
      })
    }
    const before = await shown()
    const { svid } = door.identity
    door.identity.replace({ ...svid, privateKey: next.key, certificateChain: next.chain })
    expect(await shown()).not.toBe(before)
  })
})

describe('PERMISSIVE', () => {
  it('lets in both on one port, and knows which is which', async () => {
    const door = await open({ mode: 'PERMISSIVE' })
    expect((await door.ask('/secure')).status).toBe(200)
    expect((await door.ask('/plain', { as: null })).status).toBe(200)
    expect(door.ended.map(({ path, peer }) => [path, peer?.spiffeId])).toEqual([
      ['/secure', PEER_ID],
      ['/plain', undefined],
    ])
    expect(door.ended[1]?.connection).toMatchObject({ sni: null, forwardedClientCert: null, sourceIp: '127.0.0.1' })
  })

  it('reads nothing twice and loses nothing, however the first bytes are cut', async () => {
    const listener: RequestListener = (request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => response.end(`${request.url} ${body}`))
    }
    const door = await open({ mode: 'PERMISSIVE' }, { listener })
    const socket = raw(door)
    const text = 'POST /cut HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello'
    for (const [index, cut] of [...text].entries()) {
      setTimeout(() => socket.write(cut), index)
    }
    const answer = await sendRaw(socket)
    expect(answer.status).toBe(200)
    expect(answer.body).toBe('/cut hello')
  })

  it('still wants a certificate under TLS', async () => {
    const door = await open({ mode: 'PERMISSIVE' })
    const bare = tls.connect({ host: '127.0.0.1', port: door.port, rejectUnauthorized: false })
    expect((await sendRaw(bare, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).status).toBe(0)
    await eventually(() => expect(door.log.text).toContain('the peer showed no certificate'))
  })

  it('does not wait for ever for a first byte; who leaves before it is no news', async () => {
    const door = await open({ mode: 'PERMISSIVE' }, { handshakeTimeoutMs: 80 })
    await sendRaw(raw(door))
    expect(door.log.text).toContain('nothing came within 80 ms')
    const gone = raw(door)
    gone.once('connect', () => gone.end())
    await sendRaw(gone)
    await eventually(() => expect(door.listener.connections).toBe(0))
    expect(door.listener.refused).toBe(1)
  })
})

describe('DISABLE', () => {
  it('is plain HTTP for everybody', async () => {
    const door = await open({ mode: 'DISABLE' })
    expect((await door.ask('/', { as: null })).status).toBe(200)
    await expect(door.ask('/')).rejects.toThrow()
  })
})

describe('a change of mode', () => {
  it('is in force for the next connection, on the same port', async () => {
    const door = await open({})
    await expect(door.ask('/', { as: null })).rejects.toThrow()
    door.apply({ peerAuthentication: { mode: 'PERMISSIVE', source } })
    expect((await door.ask('/', { as: null })).status).toBe(200)
    door.apply({ peerAuthentication: { mode: 'STRICT', source } })
    await expect(door.ask('/', { as: null })).rejects.toThrow()
  })

  it('refuses requests of plain connections that were opened before', async () => {
    const door = await open({ mode: 'PERMISSIVE' })
    const socket = raw(door)
    socket.write('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n')
    await eventually(() => expect(door.ended.length).toBe(1))
    door.apply({ peerAuthentication: { mode: 'STRICT', source } })
    const answer = await sendRaw(socket, 'GET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(answer.text).toContain('HTTP/1.1 403')
    expect(answer.text).toContain('RBAC: access denied')
    expect(door.ended[1]?.reason).toContain(`${source} is STRICT and the peer has no identity`)
  })

  it('is decided by service port, where a port has a mode of its own', async () => {
    const ports = { '8080': 'DISABLE' }
    const admin = await open({ ports }, { servicePort: 8080 })
    const main = await open({ ports })
    expect((await admin.ask('/', { as: null })).status).toBe(200)
    await expect(main.ask('/', { as: null })).rejects.toThrow()
    expect((await main.ask('/')).status).toBe(200)
  })
})

describe('too much', () => {
  it('refuses connections over the limit, and lets in again when others have gone', async () => {
    const door = await open({ mode: 'PERMISSIVE' }, { maxConnections: 2 })
    const held = [raw(door), raw(door)]
    await eventually(() => expect(door.listener.connections).toBe(2))
    await expect(door.ask('/', { as: null })).rejects.toThrow()
    expect(door.log.text).toContain('2 connections are open')
    for (const socket of held) socket.destroy()
    await eventually(async () => expect((await door.ask('/', { as: null })).status).toBe(200))
  })

  it('counts every refusal, but does not write a line for each', async () => {
    const door = await open({})
    await Promise.all(Array.from({ length: 60 }, () => sendRaw(raw(door), 'GET / HTTP/1.1\r\n\r\n')))
    await eventually(() => expect(door.listener.refused).toBe(60))
    expect(door.log.lines.length).toBeLessThanOrEqual(40)
  })
})
