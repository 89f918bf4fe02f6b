/**
 * One application as a process: on a plain port, or with a sidecar embedded in it (then its mesh settings come by environment, as in the shop).
 * usage: node app-process.ts OPTIONS (JSON: AppOptions)
 */
import { createServer, type RequestListener } from 'node:http'
import { sidecarSettingsShape, startSidecar, type SidecarLog } from '@meshmart/sidecar'
import { Agent, buildConnector, install, setGlobalDispatcher } from 'undici'
import { z } from 'zod'
import { callee, caller } from './apps.ts'

export interface AppOptions {
  readonly embedded: boolean
  /** Plain port; null where only the mesh reaches it. */
  readonly port: number | null
  readonly role: 'caller' | 'callee'
  /** Of a caller without a sidecar in it: where all that it calls is; the Host field says who is meant. */
  readonly callsPort?: number
}

const { embedded, port, role, callsPort } = JSON.parse(process.argv[2] ?? '{}') as AppOptions
const listener: RequestListener = role === 'callee' ? callee : caller
const print = (message: string, fields?: object): void => console.error(message, JSON.stringify(fields ?? {}))
const log: SidecarLog = { level: 'warn', debug: () => undefined, info: () => undefined, warn: print, error: print }

if (embedded) {
  const settings = z.object(sidecarSettingsShape).parse(process.env)
  const sidecar = await startSidecar(settings, { log, fetchGlobally: true })
  sidecar.createInboundServer(listener)
  await sidecar.open()
  process.once('SIGTERM', () => void sidecar.close().then(() => process.exit(0)))
}
if (callsPort !== undefined) {
  // The same fetch as with an embedded sidecar: Node's own is another version of undici, and lets nobody choose the Host field.
  const connect = buildConnector({})
  install()
  setGlobalDispatcher(
    new Agent({
      connect: (options, done) => connect({ ...options, hostname: '127.0.0.1', port: String(callsPort) }, done),
    }),
  )
}
if (port !== null) createServer(listener).listen(port, '127.0.0.1', 8192)
