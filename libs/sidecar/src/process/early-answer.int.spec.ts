/** An application that answers early and closes on a body that it does not read, across the mesh: whoever asked gets that answer, whole, in both placements. */
import net, { type AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { eventually } from '../testing/eventually.ts'
import type { TestMesh } from '../testing/mesh.ts'
import { runProcess, type ProcessWorkload } from '../testing/process-workload.ts'
import { call, NewLines, serves, startMesh } from './testing/pair.ts'

const BODY = Buffer.alloc(24 * 1024 * 1024, 'x')
const WORDS = 'too long: '.repeat(1000)
const TIMES = 10

let mesh: TestMesh
let app: net.Server
let callee: ProcessWorkload
let caller: ProcessWorkload
let leave: (socket: net.Socket) => void = (socket) => socket.destroy()

beforeAll(async () => {
  mesh = await startMesh()
  app = net.createServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      socket.pause()
      const fields = `connection: close\r\ncontent-length: ${WORDS.length}`
      socket.write(`HTTP/1.1 413 Content Too Large\r\n${fields}\r\n\r\n${WORDS}`, () => leave(socket))
    })
  })
  app.listen(0, '127.0.0.1')
  await new Promise((resolve) => app.once('listening', resolve))
  await mesh.define('inventory', 'meshmart')
  callee = await runProcess(mesh, 'inventory', 'inventory-1', serves((app.address() as AddressInfo).port))
  caller = await runProcess(mesh, 'orders', 'orders-1')
  await eventually(() => expect(mesh.isRegistered('inventory-1')).toBe(true))
})
afterAll(async () => {
  await caller.sidecar.close()
  await callee.sidecar.close()
  app.close()
  await mesh.stop()
})

const leaves: readonly (readonly [string, typeof leave])[] = [
  ['closes', (socket) => socket.destroy()],
  ['closes a moment later', (socket) => void setTimeout(() => socket.destroy(), 3)],
  ['resets', (socket) => socket.resetAndDestroy()],
]

describe.each(leaves)('behind sidecar processes, an application that %s', (_how, leaves) => {
  it.each([
    ['with a length', { 'content-length': String(BODY.length) }],
    ['in chunks', { 'transfer-encoding': 'chunked' }],
  ])('a body %s', async (_framing, headers) => {
    leave = leaves
    const inbound = await NewLines.of(callee)
    for (let time = 0; time < TIMES; time++) {
      const got = await call(caller.outboundPort, { method: 'POST', path: '/orders', headers }, BODY)
      expect([got.status, got.body.toString()]).toEqual([413, WORDS])
    }
    expect(await inbound.line(/POST \/orders/)).toMatch(/ 413 - "/)
  })
})

it('embedded on both ends', async () => {
  await mesh.define('payments', 'meshmart')
  const { sidecar } = await mesh.run('shop', 'shop-1')
  await mesh.run('payments', 'payments-1', (_asked, response) => {
    response.writeHead(413, { connection: 'close' }).end(WORDS)
  })
  await eventually(() => expect(mesh.isRegistered('payments-1')).toBe(true))
  for (let time = 0; time < TIMES; time++) {
    const body = Readable.from(Array.from({ length: 384 }, () => BODY.subarray(0, 65_536)))
    const answer = await request('http://payments/charges', { method: 'POST', body, dispatcher: sidecar.dispatcher })
    expect([answer.statusCode, await answer.body.text()]).toEqual([413, WORDS])
  }
})
