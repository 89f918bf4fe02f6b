import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { AccessLog, formatEntry, type AccessLogEntry } from './access-log.ts'

const entry: AccessLogEntry = {
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
  peer: 'spiffe://cluster.local/ns/default/sa/my-service',
  upstream: '-',
  cluster: 'inbound|80||inventory.meshmart.svc.cluster.local',
  route: 'default',
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

it('lets nobody write a line of his own', () => {
  const line = formatEntry({ ...entry, authority: 'a"\n[2026] inbound "GET /', path: '/\u0007\u0085' }, 'now')
  expect(line.match(/\n/g)?.length).toBe(1)
  expect(line).toContain('authority="a\\x22\\x0a[2026] inbound \\x22GET /"')
  expect(line).toContain('/\\x07\\x85')
})

it('appends to a file and names the setting where it cannot', () => {
  const directory = mkdtempSync(join(tmpdir(), 'access-log-'))
  const log = new AccessLog(join(directory, 'access.log'))
  const before = Date.now()
  log.write(entry)
  log.write(entry)
  log.close()
  const written = readFileSync(join(directory, 'access.log'), 'utf8').trim().split('\n')
  expect(written).toHaveLength(2)
  for (const line of written) {
    const time = line.slice(1, line.indexOf(']'))
    expect(new Date(time).toISOString()).toBe(time)
    expect(Math.abs(Date.parse(time) - before)).toBeLessThan(1000)
  }
  expect(readFileSync(join(directory, 'access.log'), 'utf8')).toContain('/v1/products')
  expect(() => new AccessLog(join(directory, 'no/such/folder'))).toThrow('settings: MESH_ACCESS_LOG')
  rmSync(directory, { recursive: true })
})
