/**
 * A whole life of a sidecar in a process of its own: start, open, one call out, and close when its standard input ends. Nothing here ends the process: where it does not end by itself, `close`
 * has left something open. Settings come as JSON in `LONE_SETTINGS`, the host to call in `LONE_CALL`.
 */
import type { SidecarSettings } from '../settings.ts'
import { startSidecar } from '../start.ts'
import { RecordedLog } from './recorded-log.ts'

const settings = JSON.parse(process.env['LONE_SETTINGS'] ?? '{}') as SidecarSettings
const log = new RecordedLog()
const sidecar = await startSidecar(settings, { log, fetchGlobally: true })
sidecar.createInboundServer((_request, response) => void response.end('here'))
await sidecar.open()
await sidecar.openIngress({ address: '127.0.0.1', port: 0, selector: 'istio-ingressgateway' })
const response = await fetch(`http://${process.env['LONE_CALL']}/`)
const text = await response.text()
process.stdout.write('open\n')
for await (const _ of process.stdin);
const began = performance.now()
await sidecar.close()
const closeMs = Math.round(performance.now() - began)
process.stdout.write(`${JSON.stringify({ status: response.status, text, closeMs, closedAt: Date.now() })}\n`)
