/** What is read into memory that is used again must be what was sent, for whoever keeps it and for whoever does not, and however it was cut. */
import { createHash, randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { setImmediate as turn } from 'node:timers/promises'
import tls from 'node:tls'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { makeAuthority } from '../testing/certificates.ts'
import { eventually } from '../testing/eventually.ts'
import { consumeDirectly, DirectReader, readAsStream, type DirectConsumer } from './direct-read.ts'
import { listen } from './testing/loopback.ts'

const KINDS = ['plain', 'tls'] as const
const MB = 1024 * 1024
const closers: (() => unknown)[] = []
let credentials: { key: string; cert: string; ca: string }

beforeAll(async () => {
  const authority = await makeAuthority()
  const issued = await authority.issue('spiffe://cluster.local/ns/default/sa/a', { addresses: ['127.0.0.1'] })
  credentials = { key: issued.key, cert: issued.chain, ca: authority.root }
})
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

/** Keeps what it gets in its place, or as a copy. */
class Collector implements DirectConsumer {
  readonly parts: Buffer[] = []
  readonly readsBody = true
  bytes = 0
  readonly #keeps: () => boolean
  constructor(keeps: () => boolean) {
    this.#keeps = keeps
  }
  onBytes(data: Buffer): boolean {
    const keeps = this.#keeps()
    this.bytes += data.length
    this.parts.push(keeps ? data : Buffer.from(data))
    return keeps
  }
  get digest(): string {
    return digestOf(Buffer.concat(this.parts))
  }
}
const digestOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** @returns both ends of a new connection; the accepted one comes from a listener as ours make them, TLS around a socket */
async function connection(kind: (typeof KINDS)[number], reader?: DirectReader) {
  const server = net.createServer({ allowHalfOpen: true })
  const secure = tls.createServer({ ...credentials, allowHalfOpen: true })
  const accepted = new Promise<net.Socket>((resolve) => {
    if (kind === 'tls') secure.once('secureConnection', resolve)
    server.once('connection', (socket) => {
      socket.on('error', () => undefined)
      if (kind === 'tls') secure.emit('connection', socket)
      else resolve(socket)
    })
  })
  const { port, close } = await listen(server)
  const options = {
    port,
    host: '127.0.0.1',
    allowHalfOpen: true,
    ...(reader !== undefined && { onread: reader.onread }),
  }
  const client =
    kind === 'tls'
      ? tls.connect({ ...options, ca: credentials.ca, checkServerIdentity: () => undefined })
      : net.connect(options)
  reader?.attach(client)
  client.on('error', () => undefined)
  const [near] = await Promise.all([accepted, once(client, kind === 'tls' ? 'secureConnect' : 'connect')])
  near.on('error', () => undefined)
  closers.push(async () => {
    client.destroy()
    near.destroy()
    await close()
  })
  return { client, near }
}

/** Cuts as senders do: small, whole records, and what ends between them. */
async function sendInPieces(to: net.Socket, bytes: Buffer): Promise<void> {
  const sizes = [1, 100, 5000, 16_384, 16_385, 40_000, 65_536, 200_000]
  for (let at = 0; at < bytes.length;) {
    const size = sizes[randomInt(sizes.length)]!
    const room = to.write(bytes.subarray(at, at + size))
    at += size
    if (!room) await once(to, 'drain')
    else if (randomInt(3) === 0) await turn()
  }
}

describe.each(KINDS)('reading directly: %s', (kind) => {
  it('this Node can do it for connections that were accepted', async () => {
    const { near } = await connection(kind)
    expect(consumeDirectly(near, new Collector(() => false))).toBe(true)
  })

  it('what comes is what was sent, on many connections at a time, whether it is kept or not', async () => {
    const keeps = [(): boolean => false, (): boolean => true, (): boolean => randomInt(3) === 0]
    const checked = Array.from({ length: 12 }, async (_, index) => {
      const reader = new DirectReader()
      const { client, near } = await connection(kind, reader)
      const [there, back] = [randomBytes(randomInt(2 * MB)), randomBytes(randomInt(2 * MB))]
      const [up, down] = [new Collector(keeps[index % 3]!), new Collector(keeps[index % 3]!)]
      consumeDirectly(near, up)
      consumeDirectly(client, down)
      await Promise.all([sendInPieces(client, there), sendInPieces(near, back)])
      await eventually(() => expect([up.bytes, down.bytes]).toEqual([there.length, back.length]))
      expect([up.digest, down.digest]).toEqual([digestOf(there), digestOf(back)])
    })
    await Promise.all(checked)
  })

  it('all that came is told before the end', async () => {
    for (const size of [16_384, 32_768, 65_536, 81_920, 100_000]) {
      const { client, near } = await connection(kind)
      const collector = new Collector(() => false)
      consumeDirectly(near, collector)
      let before = -1
      near.on('end', () => (before = collector.bytes))
      client.end(randomBytes(size))
      await eventually(() => expect(before).toBe(size))
    }
  })

  it('all that came is told before a connection is torn', async () => {
    const { client, near } = await connection(kind)
    const collector = new Collector(() => false)
    consumeDirectly(near, collector)
    let before = -1
    near.on('close', () => (before = collector.bytes))
    near.on('end', () => near.destroy())
    client.write(randomBytes(32_768))
    await eventually(() => expect(near.bytesRead).toBeGreaterThanOrEqual(32_768))
    client.destroy()
    await eventually(() => expect(before).toBe(32_768))
  })

  it('who pauses is told no more than what had been read, and the rest stays with the sender', async () => {
    const { client, near } = await connection(kind)
    const collector = new Collector(() => false)
    consumeDirectly(near, collector)
    const bytes = randomBytes(32 * MB)
    client.write(bytes)
    await eventually(() => expect(collector.bytes).toBeGreaterThan(0))
    near.pause()
    await turn()
    const atPause = collector.bytes
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(collector.bytes - atPause).toBeLessThanOrEqual(65_536)
    near.resume()
    await eventually(() => expect(collector.bytes).toBe(bytes.length))
    expect(collector.digest).toBe(digestOf(bytes))
  })

  it('a stream again: whoever takes it over reads all that comes from there on, at its own pace', async () => {
    const { client, near } = await connection(kind)
    const collector = new Collector(() => false)
    consumeDirectly(near, collector)
    client.write('first')
    await eventually(() => expect(collector.bytes).toBe(5))
    near.pause()
    readAsStream(near)
    const bytes = randomBytes(8 * MB)
    client.end(bytes)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(near.readableLength).toBeLessThan(MB)
    const parts: Buffer[] = []
    for await (const part of near) {
      parts.push(part as Buffer)
      if (randomInt(10) === 0) await turn()
    }
    expect(digestOf(Buffer.concat(parts))).toBe(digestOf(bytes))
    expect(collector.bytes).toBe(5)
  })
})

it('a socket that has read something already, or is none of the kernel’s, stays as it is', async () => {
  expect(consumeDirectly(new net.Socket(), new Collector(() => false))).toBe(false)
  const { client, near } = await connection('plain')
  client.write('early')
  await eventually(() => expect(near.readableLength).toBe(5))
  expect(consumeDirectly(near, new Collector(() => false))).toBe(false)
  const [data] = (await once(near, 'data')) as [Buffer]
  expect(data.toString()).toBe('early')
})
