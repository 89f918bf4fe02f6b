/** An application that dies alone, as by kill -9, while its sidecar process lives: nobody who asks hears of it, and it gets nothing more until it is back. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import http from 'node:http'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { BareEndpoint } from '../testing/bare-endpoint.ts'
import { freePort } from '../testing/free-ports.ts'
import { eventually } from '../testing/eventually.ts'
import type { TestMesh } from '../testing/mesh.ts'
import { runProcess, type ProcessWorkload } from '../testing/process-workload.ts'
import { Application, call, collect, connectAsPeer, NewLines, serves, startMesh } from './testing/pair.ts'

const LOG_DELAY_MS = 400
const MAIN = join(import.meta.dirname, 'testing/lone-application.ts')

let mesh: TestMesh
let running: ProcessWorkload[] = []
let applications: LoneApplication[] = []

beforeAll(async () => {
  mesh = await startMesh()
  await mesh.define('inventory', 'meshmart')
})
afterAll(() => mesh.stop())
afterEach(async () => {
  for (const workload of running) await workload.sidecar.close()
  for (const application of applications) await application.kill()
  running = []
  applications = []
  await eventually(() => expect(['1', '2'].filter((n) => mesh.isRegistered(`inventory-${n}`))).toEqual([]), 15_000)
})

class LoneApplication {
  readonly port: number
  readonly #name: string
  #child: ChildProcess | null = null

  private constructor(name: string, port: number) {
    this.#name = name
    this.port = port
    applications.push(this)
  }

  static async start(name: string): Promise<LoneApplication> {
    const application = new LoneApplication(name, await freePort())
    await application.restart()
    return application
  }

  async restart(): Promise<void> {
    const child = spawn(process.execPath, [MAIN, this.#name, String(this.port)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    await once(child.stdout, 'data')
  }

  async kill(): Promise<void> {
    const child = this.#child
    this.#child = null
    if (child === null) return
    const exited = once(child, 'exit')
    child.kill('SIGKILL')
    await exited
  }
}

async function run(workload: string, instance: string, appPort?: number): Promise<ProcessWorkload> {
  const started = await runProcess(mesh, workload, instance, appPort === undefined ? {} : serves(appPort))
  running.push(started)
  return started
}

const registered = (instance: string, is = true): Promise<void> =>
  eventually(() => expect(mesh.isRegistered(instance)).toBe(is))

/** POST without Idempotency-Key, several at a time; can be held while nothing of it is under way. */
class PostLoad {
  readonly failed: string[] = []
  /** Who answered, in order. */
  readonly by: string[] = []
  #gate: Promise<void> = Promise.resolve()
  #stopped = false
  #underWay = 0
  readonly #agent = new http.Agent({ keepAlive: true })
  readonly #workers: readonly Promise<void>[]

  constructor(port: number, workers = 8) {
    this.#workers = Array.from({ length: workers }, () => this.#run(port))
  }

  /** What reached an application that then dies cannot be asked again without a key: so nothing is under way while `act` runs. */
  async while(act: () => Promise<void>): Promise<void> {
    let go = (): void => undefined
    this.#gate = new Promise((resolve) => (go = resolve))
    await eventually(() => expect(this.#underWay).toBe(0))
    await act()
    go()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#workers)
    this.#agent.destroy()
  }

  async #run(port: number): Promise<void> {
    while (!this.#stopped) {
      await this.#gate
      this.#underWay++
      try {
        const got = await call(port, { method: 'POST', path: '/orders', agent: this.#agent }, 'an order')
        if (got.status === 200) this.by.push(got.body.toString())
        else this.failed.push(`${got.status} ${got.body.toString()}`)
      } catch (error) {
        this.failed.push(String(error))
      }
      this.#underWay--
    }
  }
}

describe('kill -9 of one of two applications', () => {
  it('under POST load without keys: nothing fails, within a second it gets nothing more, and it comes back', async () => {
    const one = await LoneApplication.start('one')
    const two = await LoneApplication.start('two')
    const first = await run('inventory', 'inventory-1', one.port)
    await run('inventory', 'inventory-2', two.port)
    const caller = await run('orders', 'orders-1')
    await registered('inventory-1')
    await registered('inventory-2')
    await eventually(async () => expect((await call(caller.outboundPort)).status).toBe(200))

    const load = new PostLoad(caller.outboundPort)
    await eventually(() => expect(new Set(load.by)).toEqual(new Set(['one', 'two'])))
    await load.while(() => one.kill())
    const died = Date.now()
    await registered('inventory-1', false)
    expect(Date.now() - died).toBeLessThan(1000)
    await pause(1000)
    // Lines of the access log are written a moment later.
    await pause(LOG_DELAY_MS)
    const after = await NewLines.of(first)
    const before = load.by.length
    await eventually(() => expect(load.by.length).toBeGreaterThan(before + 200))
    expect(new Set(load.by.slice(before))).toEqual(new Set(['two']))
    await pause(LOG_DELAY_MS)
    expect(await after.text()).toBe('')
    expect(load.failed).toEqual([])
    expect(first.log.text).toContain('the application is gone')

    await one.restart()
    await registered('inventory-1')
    const again = load.by.length
    await eventually(() => expect(load.by.slice(again)).toContain('one'))
    await load.stop()
    expect(load.failed).toEqual([])
  })

  it('at rest it leaves the registry within a second too, and its readiness says why', async () => {
    const one = await LoneApplication.start('one')
    const workload = await run('inventory', 'inventory-1', one.port)
    await registered('inventory-1')
    const admin = String(workload.log.lines.find(({ message }) => message === 'sidecar: open')?.fields['admin'])
    const died = Date.now()
    await one.kill()
    await registered('inventory-1', false)
    expect(Date.now() - died).toBeLessThan(1500)
    const ready = await fetch(`${admin}/healthz/ready`)
    expect([ready.status, await ready.text()]).toEqual([
      503,
      expect.stringContaining('the application does not listen'),
    ])
    await one.restart()
    await registered('inventory-1')
    await eventually(async () => expect((await fetch(`${admin}/healthz/ready`)).status).toBe(200))
  })
})

describe('a replica whose sidecar says that nothing reached its application', () => {
  async function says(status: string): Promise<{ posts: number[]; asked: readonly string[] }> {
    const host = await mesh.define('payments', 'meshmart')
    const dead = await BareEndpoint.listen(mesh.authority, 'payments', 'payments-1', (request, response) => {
      request.resume().once('end', () => response.writeHead(503, { 'proxy-status': status }).end('gone'))
    })
    const alive = await BareEndpoint.listen(mesh.authority, 'payments', 'payments-2', (request, response) => {
      request.pipe(response)
    })
    await mesh.put(`endpoints.${host}`, { host, endpoints: [dead.endpoint, alive.endpoint] })
    const caller = await run('orders', 'orders-1')
    const posts: number[] = []
    for (let time = 0; time < 20; time++) {
      const got = await call(caller.outboundPort, { method: 'POST', headers: { host: 'payments' } }, `payment ${time}`)
      posts.push(got.status)
      if (got.status === 200) expect(got.body.toString()).toBe(`payment ${time}`)
    }
    dead.kill()
    alive.kill()
    return { posts, asked: dead.requests }
  }

  it('a POST without a key goes to another one, with its whole body', async () => {
    const { posts, asked } = await says('"payments-1"; error=connection_refused')
    expect(posts.filter((status) => status !== 200)).toEqual([])
    expect(asked.length).toBeGreaterThan(0)
  })

  it.each([
    ['of another replica', '"payments-9"; error=connection_refused'],
    ['that it broke, so that it may have been seen', '"payments-1"; error=connection_terminated'],
  ])('but not where it says so %s', async (_what, status) => {
    const { posts, asked } = await says(status)
    expect(posts.filter((each) => each === 503).length).toBe(asked.length)
    expect(asked.length).toBeGreaterThan(0)
  })
})

describe('what the sidecar of a dead application says', () => {
  /** Dead before anybody can hear of it: each request meets a port where nobody listens. */
  async function dead(): Promise<{ callee: ProcessWorkload; application: Application }> {
    const application = await Application.listen()
    const callee = await run('inventory', 'inventory-1', application.port)
    await registered('inventory-1')
    return { callee, application }
  }
  const request = 'POST / HTTP/1.1\r\nhost: inventory\r\nconnection: close\r\ncontent-length: 2\r\n\r\nhi'

  it('goes to a peer that has proven who it is', async () => {
    const { application } = await dead()
    const peer = await connectAsPeer(mesh, 'inventory-1')
    application.close()
    peer.write(request)
    const { text } = await collect(peer)
    expect(text).toContain('HTTP/1.1 503 ')
    expect(text).toContain('proxy-status: "inventory-1"; error=connection_refused\r\n')
  })

  it('goes no further than the sidecar of the caller, which tells it by the flag of a connection that failed', async () => {
    const { application, callee } = await dead()
    const caller = await run('orders', 'orders-1')
    await eventually(async () => expect((await call(caller.outboundPort)).status).toBe(200))
    const [inbound, outbound] = [await NewLines.of(callee), await NewLines.of(caller)]
    application.close()
    const got = await call(caller.outboundPort, { method: 'POST' }, 'hi')
    expect([got.status, got.headers['proxy-status']]).toEqual([503, undefined])
    expect(JSON.parse(got.body.toString())).toMatchObject({ code: expect.stringMatching(/^mesh-(uf|urx|uh)$/) })
    expect(await inbound.line(/POST/)).toMatch(/ 503 UF "the application: /)
    expect(await outbound.line(/POST/)).toMatch(/ 503 (UF|URX|UH) "/)
  })

  it.each(['connection_refused', 'connection_terminated'])(
    'cannot be said by an application: %s is taken out, and its 503 is its own',
    async (error) => {
      const application = await Application.listen()
      application.answer = (asked, response) => {
        asked.resume()
        response.writeHead(503, { 'proxy-status': `"inventory-1"; error=${error}` }).end('busy')
      }
      await run('inventory', 'inventory-1', application.port)
      const caller = await run('orders', 'orders-1')
      await registered('inventory-1')
      await eventually(async () =>
        expect((await call(caller.outboundPort, { method: 'POST' }, 'hi')).body.toString()).toBe('busy'),
      )
      application.requests.length = 0
      const got = await call(caller.outboundPort, { method: 'POST' }, 'hi')
      expect([got.status, got.headers['proxy-status'], got.body.toString()]).toEqual([503, undefined, 'busy'])
      expect(application.requests).toEqual(['POST /'])
      application.close()
    },
  )

  it('breaks as a connection of its own would: what the application may have seen is repeated only where that is safe', async () => {
    const application = await Application.listen()
    application.answer = (asked) => void asked.socket.destroy()
    await mesh.define('inventory', 'meshmart', {
      route: { retries: { attempts: 2, perTryTimeoutMs: 0, retryOn: ['reset'] } },
    })
    await run('inventory', 'inventory-1', application.port)
    const caller = await run('orders', 'orders-1')
    await registered('inventory-1')
    const outbound = await NewLines.of(caller)
    await eventually(async () => {
      await call(caller.outboundPort, { path: '/get' })
      expect(application.requests.filter((each) => each === 'GET /get').length).toBeGreaterThanOrEqual(3)
    })
    application.requests.length = 0
    expect((await call(caller.outboundPort, { method: 'POST', path: '/post' }, 'hi')).status).toBe(503)
    expect(application.requests).toEqual(['POST /post'])
    expect(await outbound.line(/POST \/post/)).toMatch(/ 503 UC ".*tries=1 /)
    application.close()
    await mesh.define('inventory', 'meshmart')
  })
})
