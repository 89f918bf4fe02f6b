/** Real sidecars, embedded, that join the mesh under test with the join tokens that `init` has written. */
import { join } from 'node:path'
import type { RequestListener } from 'node:http'
import { sidecarSettingsShape, startSidecar, type Sidecar } from '@meshmart/sidecar'
import { z } from 'zod'

export interface SidecarSubject {
  readonly directory: string
  readonly natsUrl: string
  /** Ports of the control plane's replicas. */
  readonly ports: readonly number[]
}
export interface RunningSidecar {
  readonly sidecar: Sidecar
  readonly log: string[]
  /** Status of a GET through the mesh; the error's message where there was no answer. */
  get(url: string): Promise<number | string>
  close(): Promise<void>
}

/** @param workload `meshmart.orders` */
export async function runSidecar(
  { directory, natsUrl, ports }: SidecarSubject,
  workload: string,
  instance: string,
  listener: RequestListener = (_request, response) => void response.end(instance),
): Promise<RunningSidecar> {
  const [namespace = '', account = ''] = workload.split('.')
  const settings = z.object(sidecarSettingsShape).parse({
    MESH_WORKLOAD: account,
    MESH_NAMESPACE: namespace,
    MESH_INSTANCE: instance,
    MESH_CONTROL_PLANE_URL: ports.map((port) => `https://127.0.0.1:${port}`).join(','),
    MESH_ROOT_CERT_FILE: join(directory, 'public/root.pem'),
    MESH_JOIN_TOKEN_FILE: join(directory, 'tokens', workload),
    MESH_NATS_URL: natsUrl,
    MESH_ACCESS_LOG: 'off',
    MESH_TRACE_SAMPLING: 0,
  })
  const log: string[] = []
  const say = (message: string, fields?: object): void => void log.push(`${message} ${JSON.stringify(fields ?? {})}`)
  const sidecar = await startSidecar(settings, {
    log: { level: 'info', debug: say, info: say, warn: say, error: say },
  })
  sidecar.createInboundServer(listener)
  await sidecar.open()
  return {
    sidecar,
    log,
    get: async (url) => {
      const { origin, pathname } = new URL(url)
      try {
        const answer = await sidecar.dispatcher.request({ origin, path: pathname, method: 'GET' })
        await answer.body.dump()
        return answer.statusCode
      } catch (error) {
        return (error as Error).message
      }
    },
    close: () => sidecar.close(),
  }
}
