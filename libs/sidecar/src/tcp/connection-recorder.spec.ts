import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { AccessLog } from '../telemetry/access-log.ts'
import { RequestMetrics } from '../telemetry/metrics.ts'
import { describeDestination } from '../telemetry/destinations.ts'
import { Tracer } from '../telemetry/tracer.ts'
import { ConnectionRecorder } from './connection-recorder.ts'

const self = {
  workload: 'orders',
  namespace: 'meshmart',
  principal: 'cluster.local/ns/meshmart/sa/orders',
  host: 'orders.meshmart.svc.cluster.local',
}
const words = { destination: 'a:1', peer: '-', upstream: '-', cluster: '-', route: '-', sni: '-' }

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('counts the bytes of a connection that stays open every 15 s, and each of them once', () => {
  const metrics = new RequestMetrics()
  const telemetry = { metrics, accessLog: new AccessLog('off'), tracer: new Tracer(0), self }
  const recorder = new ConnectionRecorder(telemetry, 'outbound')
  const { labels } = describeDestination(self, null, null)
  const record = recorder.begin(labels, words)
  const counts = { bytesReceived: 0, bytesSent: 0 }
  record.opened(counts)
  const plain = metrics.tcp({ ...labels, responseFlags: '-' })
  expect(plain).toMatchObject({ opened: 1, closed: 0 })

  counts.bytesReceived = 100
  counts.bytesSent = 7
  vi.advanceTimersByTime(15_000)
  expect(plain).toMatchObject({ receivedBytes: 100, sentBytes: 7 })
  counts.bytesReceived = 150
  vi.advanceTimersByTime(15_000)
  expect(plain).toMatchObject({ receivedBytes: 150, sentBytes: 7 })

  counts.bytesSent = 8
  record.ended('UC', 'the service: reset')
  record.ended('-', 'again')
  expect(plain).toMatchObject({ opened: 1, closed: 0, receivedBytes: 150, sentBytes: 7 })
  const broken = metrics.tcp({ ...labels, responseFlags: 'UC' })
  expect(broken).toMatchObject({ opened: 0, closed: 1, receivedBytes: 0, sentBytes: 1 })
  expect(vi.getTimerCount()).toBe(0)
})
