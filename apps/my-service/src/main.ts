/** The smallest workload of the mesh: one plain HTTP server behind the sidecar library, and no framework. It says who it is and whom it was called by. */
import { z } from 'zod'
import { currentRequest, sidecarSettingsShape, startSidecar, type LogFields } from '@meshmart/sidecar'

function readSettings() {
  const parsed = z.object(sidecarSettingsShape).safeParse(process.env)
  if (parsed.success) return Object.freeze(parsed.data)
  for (const issue of parsed.error.issues) process.stderr.write(`settings: ${issue.path.join('.')}: ${issue.message}\n`)
  process.exit(78)
}

const settings = readSettings()
const levels = ['debug', 'info', 'warn', 'error'] as const
const say =
  (level: (typeof levels)[number]) =>
  (message: string, fields: LogFields = {}) => {
    if (levels.indexOf(level) < levels.indexOf(settings.LOG_LEVEL)) return
    process.stdout.write(
      `${JSON.stringify({ time: new Date().toISOString(), level, service: settings.MESH_INSTANCE, message, ...fields })}\n`,
    )
  }
const log = { debug: say('debug'), info: say('info'), warn: say('warn'), error: say('error') }

try {
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
  process.exit(text.startsWith('settings: ') ? 78 : 1)
}
