/** The process placement: apps/sidecar before a service, its inbound port in plain HTTP as PeerAuthentication PERMISSIVE lets it. */
import { spawn } from 'node:child_process'
import { freePort, inboundOf, TestMesh } from '@meshmart/sidecar/internal'
import type { Target } from '../target.ts'
import { Upstream } from '../upstream.ts'
import { natsBinary } from './nats-binary.ts'
import { settled } from './settled.ts'

const MAIN = new URL('../../../apps/sidecar/src/main.ts', import.meta.url).pathname
const WORKLOAD = 'echo'

export async function sidecarProcess(): Promise<Target> {
  const mesh = await TestMesh.start(await natsBinary())
  const upstream = new Upstream()
  const service = await upstream.listen()
  const port = await freePort()
  await mesh.define(WORKLOAD, 'meshmart')
  await mesh.put(`inbound.meshmart.${WORKLOAD}`, {
    ...inboundOf('meshmart', WORKLOAD),
    peerAuthentication: { mode: 'PERMISSIVE', source: 'PeerAuthentication meshmart/conformance' },
  })
  // What the mesh has to say; whatever is not plain text is a default.
  const settings = Object.entries(mesh.settings(WORKLOAD, `${WORKLOAD}-1`)).filter(
    ([, value]) => typeof value === 'string',
  )
  const child = spawn(process.execPath, [...process.execArgv, MAIN], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      ...Object.fromEntries(settings),
      MESH_APP_PORTS: `http:80:${service.port}:${port}`,
      MESH_OUTBOUND_PORT: '0',
      LOG_LEVEL: 'error',
    },
  })
  const target: Target = {
    name: 'process sidecar inbound',
    host: '127.0.0.1',
    port,
    seen: () => upstream.seen(),
    malformed: () => upstream.malformed(),
    forget: () => upstream.forget(),
    async close() {
      if (child.exitCode === null) {
        const exited = new Promise((resolve) => child.once('exit', resolve))
        child.kill('SIGTERM')
        await exited
      }
      await service.close()
      await mesh.stop()
    },
  }
  try {
    await settled(target, () => (child.exitCode === null ? null : `it exited with ${child.exitCode}`))
  } catch (error) {
    await target.close()
    throw error
  }
  return target
}
