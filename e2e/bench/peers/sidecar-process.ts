/** How one process of ours is started: every name of its environment stands here (docs/architecture.md, "Settings"). */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { clone } from '../../testing/shop-under-test.ts'
import { ask } from '../harness/ask.ts'
import { untilReady, type SpawnedProcess } from '../harness/processes.ts'
import type { Bench } from '../harness/subject.ts'
import { meshOf } from './mesh.ts'

export interface SidecarProcess {
  /** A workload that NATS knows. */
  readonly workload: string
  readonly instance: string
  readonly adminPort: number
  readonly accessLog: string
  /** Plain HTTP for what the application calls. */
  readonly outboundPort: number
  /** Where the application listens. */
  readonly appPort: number
  /** Where others reach it. */
  readonly inboundPort: number
}

/** As apps/sidecar/README.md says, and infra/local does it. */
const nodeFlags = ['--max-semi-space-size=4', '--single-threaded-gc']

/** As infra/local starts a workload: glibc gives back what was freed. */
const allocator = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' }

/** The part of the environment that both placements read. */
export async function meshEnvironment(
  bench: Bench,
  {
    workload,
    instance,
    adminPort,
    accessLog,
  }: Pick<SidecarProcess, 'workload' | 'instance' | 'adminPort' | 'accessLog'>,
): Promise<Record<string, string>> {
  const mesh = await meshOf(bench)
  return {
    PATH: process.env['PATH'] ?? '',
    NODE_ENV: 'production',
    ...allocator,
    MESH_WORKLOAD: workload,
    MESH_NAMESPACE: 'meshmart',
    MESH_INSTANCE: instance,
    MESH_CONTROL_PLANE_URL: `https://127.0.0.1:${mesh.controlPlanePort}`,
    MESH_ROOT_CERT_FILE: mesh.rootCertificate,
    MESH_JOIN_TOKEN_FILE: mesh.tokenOf(workload),
    MESH_NATS_URL: `tls://127.0.0.1:${mesh.natsPort}`,
    MESH_ADMIN_PORT: String(adminPort),
    MESH_ACCESS_LOG: accessLog,
    MESH_TRACE_SAMPLING: '0.01',
  }
}

export async function startSidecarProcess(bench: Bench, options: SidecarProcess): Promise<SpawnedProcess> {
  const program = join(clone, 'apps/sidecar/dist/main.js')
  if (!existsSync(program)) throw new Error(`${program} is missing\nRemedy: npm run build`)
  const { appPort, inboundPort, outboundPort, instance, adminPort } = options
  const log = join(bench.folder, `${instance}.output`)
  const child = bench.processes.start(process.execPath, [...nodeFlags, program], {
    core: bench.cores.proxy,
    log,
    env: {
      ...(await meshEnvironment(bench, options)),
      MESH_APP_ADDRESS: '127.0.0.1',
      MESH_APP_PORTS: `http:80:${appPort}:${inboundPort}`,
      MESH_OUTBOUND_PORT: String(outboundPort),
    },
  })
  await untilReady(`our sidecar ${instance}`, child, log, () =>
    ask({ port: adminPort, path: '/healthz/ready' }).then(
      ({ status }) => status === 200,
      () => false,
    ),
  )
  return child
}
