/** What the outbound stack does when endpoints die, refuse, restart, or go away in good order; over real TLS and a real NATS. */
import { readFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { fetch as undiciFetch, type RequestInit } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BareEndpoint } from './testing/bare-endpoint.ts'
import { eventually } from './testing/eventually.ts'
import { TestMesh, type RunningWorkload } from './testing/mesh.ts'

let mesh: TestMesh
let caller: RunningWorkload

beforeAll(async () => {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER is not set: run through the root vitest config')
  mesh = await TestMesh.start(binary)
  caller = await mesh.run('orders', 'orders-1')
})
afterAll(async () => {
  await mesh.stop()
})

const call = (url: string, init: RequestInit = {}) =>
  undiciFetch(url, { ...init, dispatcher: caller.sidecar.dispatcher })

async function define(
  service: string,
  endpoints: readonly BareEndpoint[],
  more: Parameters<TestMesh['define']>[2] = {},
): Promise<string> {
  const host = await mesh.define(service, 'meshmart', more)
  await mesh.put(`endpoints.${host}`, { host, endpoints: endpoints.map((bare) => bare.endpoint) })
  return host
}

const ok = (instance: string) =>
  BareEndpoint.listen(mesh.authority, instance.replace(/-\d+$/, ''), instance, (_request, response) =>
    response.end(instance),
  )

describe('balancing', () => {
  it('ROUND_ROBIN gives each replica its turn', async () => {
    const replicas = [await ok('rounds-1'), await ok('rounds-2'), await ok('rounds-3')]
    await define('rounds', replicas, { cluster: { loadBalancer: 'ROUND_ROBIN' } })
    for (let index = 0; index < 30; index++) await (await call('http://rounds/')).text()
    expect(replicas.map((replica) => replica.requests.length)).toEqual([10, 10, 10])
  })

  it('LEAST_REQUEST spares the replica that is slow', async () => {
    const slow = await BareEndpoint.listen(
      mesh.authority,
      'least',
      'least-1',
      (_request, response) => void setTimeout(() => response.end('slow'), 300),
    )
    const quick = await BareEndpoint.listen(mesh.authority, 'least', 'least-2', (_request, response) =>
      response.end('quick'),
    )
    await define('least', [slow, quick])
    await Promise.all(
      Array.from({ length: 8 }, async () => {
        for (let index = 0; index < 25; index++) await (await call('http://least/')).text()
      }),
    )
    expect(slow.requests.length).toBeGreaterThan(0)
    expect(quick.requests.length).toBeGreaterThan(slow.requests.length * 2)
  })
})

describe('a replica that dies', () => {
  it('loses no idempotent request', async () => {
    const replicas = [await ok('mortal-1'), await ok('mortal-2')]
    await define('mortal', replicas, {
      route: { retries: { attempts: 2, perTryTimeoutMs: 0, retryOn: ['connect-failure', 'reset', '5xx'] } },
    })
    let answered = 0
    const failures: string[] = []
    const workers = Array.from({ length: 6 }, async () => {
      while (answered < 600) {
        const response = await call('http://mortal/')
        if (response.status !== 200) failures.push(`${response.status} ${await response.text()}`)
        else await response.text()
        answered++
        if (answered === 150) replicas[0]?.kill()
      }
    })
    await Promise.all(workers)
    expect(failures).toEqual([])
    expect(replicas[1]?.requests.length).toBeGreaterThan(300)
  })

  it('is left out after consecutive failures, and the log says so', async () => {
    const broken = await BareEndpoint.listen(mesh.authority, 'outlier', 'outlier-1', (_request, response) =>
      response.writeHead(500).end(),
    )
    const healthy = await ok('outlier-2')
    await define('outlier', [broken, healthy], {
      cluster: {
        outlierDetection: {
          consecutive5xxErrors: 3,
          intervalMs: 1000,
          baseEjectionTimeMs: 30_000,
          maxEjectionPercent: 100,
        },
      },
    })
    for (let index = 0; index < 60; index++) await (await call('http://outlier/')).text()
    expect(broken.requests.length).toBe(3)
    expect(caller.log.text).toContain('endpoint ejected')
  })

  it('is never replaced by another for a POST of which bytes were sent, but for one with an Idempotency-Key', async () => {
    const cut = await BareEndpoint.listen(
      mesh.authority,
      'charge',
      'charge-1',
      (request) => void request.socket.destroy(),
    )
    const good = await ok('charge-2')
    await define('charge', [cut, good], {
      cluster: { loadBalancer: 'ROUND_ROBIN' },
      route: { retries: { attempts: 3, perTryTimeoutMs: 0, retryOn: ['connect-failure', 'reset', '5xx'] } },
    })
    const statuses: number[] = []
    for (let index = 0; index < 4; index++)
      statuses.push((await call('http://charge/plain', { method: 'POST', body: 'one' })).status)
    expect(statuses.toSorted()).toEqual([200, 200, 503, 503])
    expect([...cut.requests, ...good.requests].filter((request) => request === 'POST /plain').length).toBe(4)
    for (let index = 0; index < 4; index++) {
      const response = await call('http://charge/keyed', {
        method: 'POST',
        body: 'two',
        headers: { 'idempotency-key': `k${index}` },
      })
      expect(response.status).toBe(200)
    }
  })

  it('or only sleeps: a try that takes too long is given up and repeated elsewhere', async () => {
    const asleep = await BareEndpoint.listen(mesh.authority, 'sleepy', 'sleepy-1', () => undefined)
    const awake = await ok('sleepy-2')
    await define('sleepy', [asleep, awake], {
      cluster: { loadBalancer: 'ROUND_ROBIN' },
      route: { retries: { attempts: 1, perTryTimeoutMs: 150, retryOn: ['5xx'] } },
    })
    for (let index = 0; index < 4; index++) expect((await call('http://sleepy/')).status).toBe(200)
    // How often it was met depends on where the rotation began: second tries take their turns too.
    expect(asleep.requests.length).toBeGreaterThan(0)
    asleep.kill()
  })

  it('may have a POST repeated elsewhere when no connection was made at all', async () => {
    const dead = await ok('refused-1')
    const alive = await ok('refused-2')
    dead.kill()
    await define('refused', [dead, alive], { cluster: { loadBalancer: 'ROUND_ROBIN' } })
    for (let index = 0; index < 4; index++)
      expect((await call('http://refused/', { method: 'POST', body: 'x' })).status).toBe(200)
  })
})

describe('a connection that the peer closes while it is idle', () => {
  it('costs a GET nothing, and a POST is not sent twice', async () => {
    const served = new WeakSet<object>()
    // The second request on a connection finds it closing: the same to us as one that was closed while the request was on its way.
    const racing = await BareEndpoint.listen(mesh.authority, 'racing', 'racing-1', (request, response) => {
      if (served.has(request.socket)) request.socket.destroy()
      else {
        served.add(request.socket)
        response.end('ok')
      }
    })
    await define('racing', [racing])
    for (let index = 0; index < 4; index++) {
      const response = await call('http://racing/get')
      expect(response.status).toBe(200)
      await response.text()
    }
    const before = racing.requests.length
    const first = await call('http://racing/post', { method: 'POST', body: 'x' })
    await first.text()
    expect([200, 503]).toContain(first.status)
    expect(racing.requests.length - before).toBe(1)
  })
})

describe('a service that cannot keep up', () => {
  it('gets no more than its limit: 503 at once, and the field that says so', async () => {
    const slow = await BareEndpoint.listen(
      mesh.authority,
      'narrow',
      'narrow-1',
      (_request, response) => void setTimeout(() => response.end('ok'), 150),
    )
    await define('narrow', [slow], { cluster: { connectionPool: { maxConnections: 2, maxPendingRequests: 3 } } })
    await (await call('http://narrow/warm')).text()
    await (await call('http://narrow/warm')).text()
    const answers = await Promise.all(Array.from({ length: 10 }, () => call('http://narrow/')))
    const refused = answers.filter((response) => response.status === 503)
    expect(answers.filter((response) => response.status === 200).length + refused.length).toBe(10)
    expect(refused.length).toBeGreaterThanOrEqual(4)
    expect(refused.every((response) => response.headers.get('x-envoy-overloaded') === 'true')).toBe(true)
    expect(await refused[0]?.json()).toMatchObject({ code: 'mesh-uo' })
  })

  it('is asked elsewhere: every further try at an endpoint that was not tried', async () => {
    const fails = (instance: string) =>
      BareEndpoint.listen(mesh.authority, 'failing', instance, (_request, response) => response.writeHead(503).end())
    const failing = [await fails('failing-1'), await fails('failing-2'), await ok('failing-3')]
    await define('failing', failing, {
      route: { retries: { attempts: 2, perTryTimeoutMs: 0, retryOn: ['5xx'], backoffMs: 1 } },
    })
    for (let index = 0; index < 20; index++) {
      const response = await call('http://failing/')
      expect([response.status, await response.text()]).toEqual([200, 'failing-3'])
    }
  })
})

describe('a peer that does not speak HTTP', () => {
  it('gives 502 and UPE, and its connection is not used again', async () => {
    const liar = await BareEndpoint.listen(mesh.authority, 'liar', 'liar-1', (request) => {
      request.socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nok')
    })
    await define('liar', [liar])
    const response = await call('http://liar/', { method: 'POST', body: 'x' })
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({ code: 'mesh-upe' })
    await eventually(async () => expect(await readFile(caller.accessLogFile, 'utf8')).toMatch(/ 502 UPE /))
  })
})

describe('changes under load', () => {
  it('certificates rotate on both sides without a failed request', async () => {
    mesh.certificateLifeMs = 4000
    await mesh.define('rotating', 'meshmart')
    const server = await mesh.run('rotating', 'rotating-1')
    const client = await mesh.run('rotor', 'rotor-1')
    const issued = mesh.certificatesIssued
    const failures: number[] = []
    let requests = 0
    const end = Date.now() + 4500
    while (Date.now() < end) {
      // Every fifth on a new connection, so that new and old certificates meet.
      const headers = requests % 5 === 0 ? { connection: 'close' } : {}
      const response = await undiciFetch('http://rotating/', { dispatcher: client.sidecar.dispatcher, headers })
      if (response.status !== 200) failures.push(response.status)
      await response.text()
      requests++
      await pause(5)
    }
    mesh.certificateLifeMs = 3_600_000
    expect(failures).toEqual([])
    expect(requests).toBeGreaterThan(100)
    expect(mesh.certificatesIssued - issued).toBeGreaterThan(3)
    expect(client.log.text).toContain('certificate renewed')
    expect(server.log.text).toContain('certificate renewed')
  })

  it('a replica drains: it leaves the registry, finishes what it began, and nobody notices', async () => {
    await mesh.define('leaving', 'meshmart')
    let slowBegun = false
    const leaving = await mesh.run('leaving', 'leaving-1', (request, response) => {
      slowBegun ||= request.url === '/slow'
      setTimeout(() => response.end('leaving-1'), request.url === '/slow' ? 700 : 5)
    })
    await mesh.run('leaving', 'leaving-2')
    await eventually(() => expect(mesh.isRegistered('leaving-1') && mesh.isRegistered('leaving-2')).toBe(true))
    const slow = (async () => {
      for (;;) {
        const response = await call('http://leaving/slow')
        const text = await response.text()
        if (text === 'leaving-1' || response.status !== 200) return `${response.status} ${text}`
      }
    })()
    await eventually(() => expect(slowBegun).toBe(true))
    const failures: number[] = []
    let done = false
    const load = (async () => {
      while (!done) {
        const response = await call('http://leaving/')
        if (response.status !== 200) failures.push(response.status)
        await response.text()
      }
    })()
    await leaving.sidecar.drain()
    expect(mesh.isRegistered('leaving-1')).toBe(false)
    expect(await slow).toBe('200 leaving-1')
    done = true
    await load
    expect(failures).toEqual([])
  })

  it('a replica that dies without a word is forgotten when its lease runs out', async () => {
    const silent = await mesh.run('silent', 'silent-1')
    await eventually(() => expect(mesh.isRegistered('silent-1')).toBe(true))
    await silent.sidecar.nats.close()
    await eventually(() => expect(mesh.isRegistered('silent-1')).toBe(false), 10_000)
  })

  it('goes on without NATS, and finds its way back', async () => {
    await mesh.define('steady', 'meshmart')
    await mesh.run('steady', 'steady-1')
    await (await call('http://steady/')).text()
    await mesh.nats.stop()
    for (let index = 0; index < 10; index++) expect((await call('http://steady/')).status).toBe(200)
    await mesh.nats.start()
    await eventually(() => expect(caller.log.text).toContain('connected again'), 15_000)
    // The test's own control plane has to come back too.
    await eventually(() => mesh.define('newcomer', 'meshmart'), 15_000)
    await mesh.run('newcomer', 'newcomer-1')
    await eventually(async () => expect((await call('http://newcomer/')).status).toBe(200), 15_000)
  })
})
