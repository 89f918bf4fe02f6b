import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { placeWords } from './access-line.ts'
import { AccessLog, formatEntry, type AccessLogEntry } from './access-log.ts'

const entry: AccessLogEntry = {
  startedAt: Date.parse('2026-01-01T00:00:00.007Z'),
  direction: 'inbound',
  method: 'GET',
  path: '/v1/products',
  status: 403,
  flag: 'UAEX',
  reason: 'denied by rule 0 of AuthorizationPolicy meshmart/inventory',
  bytesReceived: 0,
  bytesSent: 19,
  milliseconds: 1.234,
  tries: 1,
  place: placeWords(
    'spiffe://cluster.local/ns/default/sa/my-service',
    '-',
    'inbound|80||inventory.meshmart.svc.cluster.local',
    'default',
  ),
  requestId: 'id',
  traceId: '0af7651916cd43dd8448eb211c80319c',
  authority: 'inventory',
}

it('says what, why and who in one line', () => {
  expect(formatEntry(entry, '2026-01-01T00:00:00.000Z')).toBe(
    '[2026-01-01T00:00:00.000Z] inbound "GET /v1/products HTTP/1.1" 403 UAEX "denied by rule 0 of AuthorizationPolicy meshmart/inventory" 0 19 1.2ms tries=1 ' +
      'peer="spiffe://cluster.local/ns/default/sa/my-service" upstream="-" cluster="inbound|80||inventory.meshmart.svc.cluster.local" route="default" ' +
      'request_id="id" trace_id=0af7651916cd43dd8448eb211c80319c authority="inventory"\n',
  )
})

it.each([
  [0, '0.0ms'],
  [0.04, '0.0ms'],
  [0.95, '1.0ms'],
  [12.34, '12.3ms'],
  [1999.99, '2000.0ms'],
  [86_400_000.3, '86400000.3ms'],
])('%d ms is written as %s', (milliseconds, written) => {
  expect(formatEntry({ ...entry, milliseconds }, 'now')).toContain(` ${written} tries=`)
})

it('lets nobody write a line of his own', () => {
  const line = formatEntry(
    { ...entry, authority: 'a"\n[2026] inbound "GET /', path: '/\u0007\u0085', requestId: '\\"', method: '\r' },
    'now',
  )
  expect(line.match(/[\n\r]/g)?.length).toBe(1)
  expect(line).toContain('authority="a\\x22\\x0a[2026] inbound \\x22GET /"')
  expect(line).toContain('/\\x07\\x85')
  expect(line).toContain('request_id="\\x5c\\x22"')
})

it('appends to a file, with the time of each request, and names the setting where it cannot', () => {
  const directory = mkdtempSync(join(tmpdir(), 'access-log-'))
  const log = new AccessLog(join(directory, 'access.log'))
  const times = ['2026-01-01T00:00:00.007Z', '2026-01-01T00:00:00.007Z', '2025-12-31T23:59:59.999Z']
  for (const time of times) log.write({ ...entry, startedAt: Date.parse(time) + 0.4 })
  log.close()
  const written = readFileSync(join(directory, 'access.log'), 'utf8').trim().split('\n')
  expect(written.map((line) => line.slice(1, line.indexOf(']')))).toEqual(times)
  expect(written[0]).toContain('/v1/products')
  expect(() => new AccessLog(join(directory, 'no/such/folder'))).toThrow('settings: MESH_ACCESS_LOG')
  rmSync(directory, { recursive: true })
})

it('writes what waits when it is much, in the order in which it came', () => {
  const directory = mkdtempSync(join(tmpdir(), 'access-log-'))
  const log = new AccessLog(join(directory, 'access.log'))
  for (let index = 0; index < 1000; index++) log.write({ ...entry, path: `/é/${index}` })
  const early = readFileSync(join(directory, 'access.log'), 'utf8').split('\n')
  expect(early.length).toBeGreaterThan(500)
  log.close()
  const lines = readFileSync(join(directory, 'access.log'), 'utf8').trim().split('\n')
  expect(lines.map((line) => Number(/\/é\/(\d+)/.exec(line)?.[1]))).toEqual(lines.map((_line, index) => index))
  expect(lines).toHaveLength(1000)
  rmSync(directory, { recursive: true })
})

it('takes a line of any length, and one that is not ASCII', () => {
  const directory = mkdtempSync(join(tmpdir(), 'access-log-'))
  const log = new AccessLog(join(directory, 'access.log'))
  const paths = ['/short', `/${'x'.repeat(200_000)}`, `/[card …4242]`, `/${'é'.repeat(60_000)}`, '/last']
  for (const path of paths) log.write({ ...entry, path })
  log.close()
  const lines = readFileSync(join(directory, 'access.log'), 'utf8').trim().split('\n')
  expect(lines.map((line) => /"GET (.+) HTTP/.exec(line)?.[1])).toEqual(paths)
  rmSync(directory, { recursive: true })
})

/** Writes 20,000 lines to a pipe that nobody reads, says what was lost, and closes when its input ends. */
const HASTY = `
  import { AccessLog } from ${JSON.stringify(new URL('./access-log.ts', import.meta.url).href)}
  void process.stdout.writable // node's own stream makes the pipe one that does not wait
  const log = new AccessLog('stdout')
  const entry = JSON.parse(process.argv[1])
  for (let index = 0; index < 20000; index++) log.write({ ...entry, path: '/' + index })
  process.stderr.write('x')
  const timer = setInterval(() => undefined, 1000)
  process.stdin.on('end', () => {
    clearInterval(timer)
    log.close()
    process.stderr.write(String(log.dropped))
  }).resume()
`

it('keeps whole lines for a reader that is behind, and counts what is too much', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', HASTY, JSON.stringify(entry)])
  let words = ''
  child.stderr.on('data', (chunk: Buffer) => (words += chunk.toString()))
  await once(child.stderr, 'data')
  let read = ''
  child.stdout.on('data', (chunk: Buffer) => (read += chunk.toString()))
  // What waited goes out with the next flush; then there is nothing new for a while.
  for (let before = -1; before !== read.length; await new Promise((resolve) => setTimeout(resolve, 500)))
    before = read.length
  child.stdin.end()
  await once(child, 'close')
  const lines = read.trim().split('\n')
  for (const line of lines) expect(line).toMatch(/^\[2026.+"GET \/\d+ HTTP.+authority="inventory"$/)
  const dropped = Number(words.slice(1))
  expect(dropped).toBeGreaterThan(0)
  expect(lines.length + dropped).toBe(20_000)
})

it('a disk that is full costs lines, not the process', async () => {
  const complaint = new Promise((resolve) => process.once('warning', resolve))
  const log = new AccessLog('/dev/full')
  for (let index = 0; index < 3; index++) log.write(entry)
  log.close()
  expect(log.dropped).toBe(3)
  expect(String(await complaint)).toContain('access log: lines are lost')
})
