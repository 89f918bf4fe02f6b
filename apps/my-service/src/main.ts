/** The smallest workload of the mesh: one plain HTTP server and no framework, its sidecar in its process or beside it. It says who it is and whom it was called by. */
import { z } from 'zod'
import {
  currentRequest,
  EXIT_CONFIG,
  JsonLog,
  readSettings,
  sidecarSettingsShape,
  startSidecar,
} from '@meshmart/sidecar'

try {
  const settings = readSettings(z.object(sidecarSettingsShape), process.env)
  const log = new JsonLog(settings.MESH_INSTANCE, settings.LOG_LEVEL)
  const sidecar = await startSidecar(settings, { log, fetchGlobally: true })
  sidecar.createInboundServer((request, response) => {
    const context = currentRequest()
    const path = request.url ?? '/'
    const answer = {
      service: settings.MESH_WORKLOAD,
      instance: settings.MESH_INSTANCE,
      path,
      peer: context?.peer ?? null,
      traceId: context?.traceId ?? null,
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(`${JSON.stringify(answer)}\n`)
  })
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void sidecar.close())
  await sidecar.open()
} catch (error) {
  const text = error instanceof Error ? error.message : String(error)
  process.stderr.write(`${text}\n`)
  process.exit(text.startsWith('settings: ') ? EXIT_CONFIG : 1)
}
