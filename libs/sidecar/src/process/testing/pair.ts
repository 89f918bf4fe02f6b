/** A caller and a callee, each behind a sidecar process, over real TLS and a real NATS; what they write down is read back by its new lines. */
import http, { type RequestListener } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import tls from 'node:tls'
import { expect } from 'vitest'
import { eventually } from '../../testing/eventually.ts'
import { TestMesh } from '../../testing/mesh.ts'
import { runProcess, type ProcessWorkload } from '../../testing/process-workload.ts'
import type { ProcessSettings } from '../settings.ts'

export async function startMesh(): Promise<TestMesh> {
  const binary = process.env['TEST_NATS_SERVER']
  if (binary === undefined) throw new Error('TEST_NATS_SERVER is not set: run through the root vitest config')
  return TestMesh.start(binary)
}

/** Settings of a callee whose application listens at `appPort`. */
export function serves(appPort: number): Partial<ProcessSettings> {
  return { MESH_APP_PORTS: [{ name: 'http', servicePort: 80, appPort, inboundPort: 0 }] }
}

export class Application {
  readonly server: http.Server
  /** `METHOD path` of every request whose head arrived. */
  readonly requests: string[] = []
  answer: RequestListener = (request, response) => void request.resume().once('end', () => response.end('here'))

  private constructor() {
    this.server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      this.requests.push(`${request.method} ${request.url}`)
      request.on('error', () => undefined)
      response.on('error', () => undefined)
      this.answer(request, response)
    })
  }

  static async listen(): Promise<Application> {
    const application = new Application()
    application.server.listen(0, '127.0.0.1')
    await new Promise((resolve) => application.server.once('listening', resolve))
    return application
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port
  }

  close(): void {
    this.server.close()
    this.server.closeAllConnections()
  }
}

export interface Pair {
  readonly mesh: TestMesh
  readonly app: Application
  readonly caller: ProcessWorkload
  readonly callee: ProcessWorkload
  close(): Promise<void>
}

/** `orders` calls `inventory`. */
export async function startPair(mesh: TestMesh): Promise<Pair> {
  const app = await Application.listen()
  await mesh.define('inventory', 'meshmart')
  const callee = await runProcess(mesh, 'inventory', 'inventory-1', serves(app.port))
  const caller = await runProcess(mesh, 'orders', 'orders-1')
  await eventually(() => expect(mesh.isRegistered('inventory-1')).toBe(true))
  return {
    mesh,
    app,
    caller,
    callee,
    async close() {
      await caller.sidecar.close()
      await callee.sidecar.close()
      app.close()
    },
  }
}

export interface Got {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

/** As an application calls: plain HTTP to its sidecar, with the Host of whom it means. */
export function call(port: number, options: http.RequestOptions = {}, body?: string | Buffer): Promise<Got> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { port, host: '127.0.0.1', agent: false, ...options, headers: { host: 'inventory', ...options.headers } },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.once('error', reject)
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
        )
      },
    )
    request.once('error', reject)
    request.end(body)
  })
}

/** Past the caller's sidecar, as a peer of the mesh: with the certificate of `account`. */
export async function connectAsPeer(
  mesh: TestMesh,
  instance: string,
  options: tls.ConnectionOptions = {},
  account = 'orders',
): Promise<tls.TLSSocket> {
  const { key, chain } = await mesh.authority.issue(`spiffe://cluster.local/ns/meshmart/sa/${account}`)
  const socket = tls.connect({
    host: '127.0.0.1',
    port: mesh.endpointOf(instance).ports['80'] ?? 0,
    key,
    cert: chain,
    ca: mesh.authority.root,
    ALPNProtocols: ['http/1.1'],
    checkServerIdentity: () => undefined,
    ...options,
  })
  socket.on('error', () => undefined)
  return socket
}

/** Lines that an access log gets from now on. */
export class NewLines {
  readonly #workload: ProcessWorkload
  readonly #before: number

  private constructor(workload: ProcessWorkload, before: number) {
    this.#workload = workload
    this.#before = before
  }

  static async of(workload: ProcessWorkload): Promise<NewLines> {
    return new NewLines(workload, (await workload.accessLog()).length)
  }

  async text(): Promise<string> {
    return (await this.#workload.accessLog()).slice(this.#before)
  }

  /** The first line that fits; waits for it. */
  async line(pattern: RegExp): Promise<string> {
    return eventually(async () => {
      const text = await this.text()
      const found = text.split('\n').find((line) => pattern.test(line))
      expect(found, `a line like ${pattern} in: ${text}`).toBeDefined()
      return found ?? ''
    })
  }
}

/** What comes until the other side closes, or until nothing has come for `quietMs`. */
export function collect(socket: net.Socket, quietMs = 3000): Promise<{ text: string; closed: boolean }> {
  return new Promise((resolve) => {
    let text = ''
    const done = (closed: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve({ text, closed })
    }
    const timer = setTimeout(() => done(false), quietMs)
    socket.on('error', () => undefined)
    socket.on('data', (chunk: Buffer) => {
      timer.refresh()
      text += chunk.toString('latin1')
    })
    socket.once('close', () => done(true))
  })
}
