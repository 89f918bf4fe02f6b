/** A list and a watch against a server that answers as the API does, but says when it breaks off. Against the real one: configuration.kube.e2e.ts. */
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { generateKeyPair, privateKeyPem, signatureAlgorithm } from '../../identity/keys.ts'
import { x509 } from '../../identity/x509.ts'
import { KubernetesApi, type KubernetesObject } from './api.ts'
import { Reflector } from './reflector.ts'

interface Asked {
  readonly query: URLSearchParams
  readonly response: ServerResponse
}

const object = (name: string, resourceVersion: string): KubernetesObject => ({
  metadata: { name, namespace: 'shop', resourceVersion },
})
const line = (type: string, about: object): string => `${JSON.stringify({ type, object: about })}\n`
const gone = { kind: 'Status', code: 410, message: 'too old resource version' }

async function selfSigned(): Promise<{ key: string; cert: string }> {
  const keys = await generateKeyPair()
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=api',
    keys,
    signingAlgorithm: signatureAlgorithm,
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  })
  return { key: await privateKeyPem(keys.privateKey), cert: certificate.toString('pem') }
}

describe('Reflector', () => {
  let server: Server
  let api: KubernetesApi
  let reflector: Reflector
  let asked: Asked[]
  const told: (string | null)[] = []
  const names = (): string[] => [...reflector.objects].map(({ metadata }) => metadata.name)
  /** The next question, once it is there. */
  const next = async (): Promise<Asked> => vi.waitFor(() => asked.shift() ?? expect.fail('nothing was asked'), 5_000)
  const answer = ({ response }: Asked, version: string, items: KubernetesObject[], more = {}): void => {
    response.end(JSON.stringify({ metadata: { resourceVersion: version, ...more }, items }))
  }
  const untilNamed = (...wanted: string[]): Promise<void> => vi.waitFor(() => expect(names()).toEqual(wanted))

  beforeEach(async () => {
    const { key, cert } = await selfSigned()
    asked = []
    told.length = 0
    server = createServer({ key, cert }, (request, response) => {
      asked.push({ query: new URL(request.url ?? '', 'https://api').searchParams, response })
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    api = new KubernetesApi({
      server: new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`),
      ca: cert,
      clientCertificate: null,
      serverName: null,
      token: () => Promise.resolve('secret'),
    })
    const options = { api, path: '/api/v1/services', changed: () => undefined }
    reflector = new Reflector({ ...options, told: (problem) => void told.push(problem) })
  })
  afterEach(async () => {
    await reflector.stop()
    api.close()
    server.closeAllConnections()
    server.close()
  })

  it('lists page by page, and is not synced before the last one', async () => {
    const first = await next()
    expect([first.query.get('limit'), first.query.get('watch')]).toEqual(['500', null])
    answer(first, '5', [object('a', '1')], { continue: 'more' })
    const second = await next()
    expect([second.query.get('continue'), reflector.synced, names()]).toEqual(['more', false, []])
    answer(second, '5', [object('b', '2')])
    await untilNamed('a', 'b')
    expect(reflector.synced).toBe(true)
    expect((await next()).query.get('resourceVersion')).toBe('5')
  })

  it('takes what is added, changed and deleted, also where a line comes in two pieces', async () => {
    answer(await next(), '5', [object('a', '1'), object('b', '2')])
    const { response } = await next()
    const all = [line('ADDED', object('é', '6')), line('MODIFIED', object('b', '7')), line('DELETED', object('a', '8'))]
    const bytes = Buffer.from(all.join(''))
    const middle = bytes.indexOf(0xc3) + 1
    response.write(bytes.subarray(0, middle))
    await untilNamed('a', 'b')
    response.write(bytes.subarray(middle))
    await untilNamed('b', 'é')
    expect([...reflector.objects].map(({ metadata }) => metadata.resourceVersion)).toEqual(['7', '6'])
  })

  it('goes on where the watch has ended, a bookmark included', async () => {
    answer(await next(), '5', [object('a', '1')])
    const { response } = await next()
    response.end(line('BOOKMARK', { metadata: { resourceVersion: '40' } }))
    expect((await next()).query.get('resourceVersion')).toBe('40')
    expect([names(), told]).toEqual([['a'], []])
  })

  it.each(['in the watch', 'as the answer'])(
    'lists anew after a 410 %s, and keeps what it has until then',
    async (where) => {
      answer(await next(), '5', [object('a', '1')])
      const { response } = await next()
      if (where === 'in the watch') response.write(line('ERROR', gone))
      else response.writeHead(410).end(JSON.stringify(gone))
      const again = await next()
      expect([again.query.get('watch'), names(), told]).toEqual([null, ['a'], []])
      answer(again, '90', [object('c', '80')])
      await untilNamed('c')
      expect((await next()).query.get('resourceVersion')).toBe('90')
    },
  )

  it('keeps what it knows while the server is lost, says so once, and says when it is back', async () => {
    answer(await next(), '5', [object('a', '1')])
    const { response } = await next()
    response.destroy()
    for (const status of [500, 500]) (await next()).response.writeHead(status).end('{"message":"down"}')
    const last = await next()
    expect([last.query.get('resourceVersion'), names()]).toEqual(['5', ['a']])
    expect(reflector.problem).toBe('/api/v1/services: down')
    last.response.writeHead(200).flushHeaders()
    // Not as soon as it answers: once it has watched for a while.
    await vi.waitFor(() => expect(told.at(-1)).toBeNull(), 5_000)
    expect(told.filter((each) => each === '/api/v1/services: down')).toHaveLength(1)
  })

  it.each([
    ['says nothing', ''],
    ['says something', line('BOOKMARK', { metadata: { resourceVersion: '6' } })],
  ])(
    'waits longer and longer where a watch that %s ends at once, again and again, and tells it once',
    async (_, said) => {
      answer(await next(), '5', [object('a', '1')])
      const times: number[] = []
      while (times.length < 5) {
        const { response } = await next()
        times.push(performance.now())
        if (times.length < 5) response.end(said)
        else response.writeHead(200).flushHeaders()
      }
      // With half of each pause left to chance: after the fourth end it is at least one second.
      const pauses = times.slice(1).map((time, index) => time - times[index]!)
      for (const [index, least] of [125, 250, 500, 1_000].entries()) {
        expect(pauses[index], `pause ${index + 1}`).toBeGreaterThanOrEqual(least - 5)
      }
      expect([names(), told]).toEqual([['a'], ['/api/v1/services: the watch ends at once']])
      await vi.waitFor(() => expect(told.at(-1)).toBeNull(), 5_000)
    },
    30_000,
  )
})
