/**
 * Open-loop load at a constant rate: latency counts from the moment at which a request was due, so a stall is charged to every request that had to
 * wait for it (wrk and hey leave those out; k6 and vegeta are not light enough to share a core with the upstream).
 * The event loop's timers tick in milliseconds, which would send in bursts; so it sleeps on a futex for at most 50 µs between looks at the sockets,
 * and that is the resolution of its figures.
 * usage: node constant-rate.ts OPTIONS (JSON: ConstantRate)
 */
import { connect, type Socket } from 'node:net'
import { quantile } from '../harness/quantile.ts'

export interface ConstantRate {
  readonly port: number
  readonly host: string
  readonly path: string
  readonly connections: number
  readonly rps: number
  readonly seconds: number
  /** Left out of the latencies, at the beginning. */
  readonly warmUpSeconds: number
}
export interface ConstantRateResult {
  /** With those of the warm-up, for the kernel counts their time as well. */
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly p999Ms: number
}

const RESOLUTION_MS = 0.05
const { port, host, path, connections, rps, seconds, warmUpSeconds } = JSON.parse(
  process.argv[2] ?? '{}',
) as ConstantRate
const head = Buffer.from(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`, 'latin1')
const end = Buffer.from('\r\n\r\n')

interface Connection {
  readonly socket: Socket
  /** When the request under way was due. */
  dueAt: number
  /** Bytes of the answer still to come; -1 while its head has not come. */
  left: number
}
const idle: Connection[] = []
const latencies = new Float64Array(Math.ceil(rps * (seconds + warmUpSeconds)) + 1)
let sent = 0
let answered = 0
let measuredFrom = 0

function take(connection: Connection, data: Buffer): void {
  let body = data.length
  if (connection.left < 0) {
    const at = data.indexOf(end)
    const text = data.toString('latin1', 0, at)
    const length = /\r\ncontent-length: (\d+)/i.exec(text)?.[1]
    if (at < 0 || length === undefined || !text.startsWith('HTTP/1.1 200'))
      throw new Error(`unexpected answer: ${text}`)
    connection.left = Number(length)
    body -= at + end.length
  }
  connection.left -= body
  if (connection.left > 0) return
  const now = performance.now()
  if (connection.dueAt >= measuredFrom) latencies[answered++] = now - connection.dueAt
  connection.left = -1
  idle.push(connection)
}

async function open(): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const connection: Connection = { socket, dueAt: 0, left: -1 }
  socket.on('data', (data) => take(connection, data))
  socket.on('error', (error) => fail(error.message)).on('close', () => fail('the connection was closed'))
  await new Promise<void>((resolve) => socket.once('connect', resolve))
  idle.push(connection)
}
function fail(reason: string): void {
  process.stderr.write(`constant-rate: ${reason}\n`)
  process.exit(1)
}

for (let index = 0; index < connections; index++) await open()
const began = performance.now()
measuredFrom = began + warmUpSeconds * 1000
const total = Math.floor(rps * (seconds + warmUpSeconds))
const cell = new Int32Array(new SharedArrayBuffer(4))
const gap = 1000 / rps

function turn(): void {
  const now = performance.now()
  for (; sent < total && idle.length > 0; sent++) {
    const dueAt = began + sent * gap
    if (dueAt > now) break
    const connection = idle.shift()!
    connection.dueAt = dueAt
    connection.socket.write(head)
  }
  if (sent === total && idle.length === connections) return report()
  Atomics.wait(cell, 0, 0, Math.min(RESOLUTION_MS, Math.max(0, began + sent * gap - performance.now())))
  setImmediate(turn)
}
function report(): void {
  const measured = latencies.subarray(0, answered)
  const result: ConstantRateResult = {
    requests: total,
    seconds: (performance.now() - began) / 1000, // longer than planned where the rate was too much
    p50Ms: quantile(measured, 0.5),
    p99Ms: quantile(measured, 0.99),
    p999Ms: quantile(measured, 0.999),
  }
  process.stdout.write(`${JSON.stringify(result)}\n`, () => process.exit(0))
}
turn()
