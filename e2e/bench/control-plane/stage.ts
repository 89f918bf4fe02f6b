/** NATS and the control plane as `npm start` runs them, in a folder of their own. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { freePorts } from '@meshmart/sidecar/internal'
import { clone } from '../../testing/shop-under-test.ts'
import { Processes, untilReady } from '../harness/processes.ts'
import type { MeshSize } from './large-mesh.ts'
import { Operator } from './operator.ts'
import { admit, writeNatsConfiguration } from './users.ts'

export interface Stage {
  readonly folder: string
  /** What `init` has written. */
  readonly secrets: string
  readonly processes: Processes
  readonly nats: { readonly url: string; readonly monitorPort: number; readonly pid: number }
  readonly controlPlane: { readonly url: string; readonly pid: number; readonly stop: () => Promise<void> }
  readonly operator: Operator
  /** Of the control plane's log. */
  lastWords(): string
}

/** @param nodeFlags of the control plane, beside those of `npm start` */
export async function startStage(
  size: MeshSize,
  say: (line: string) => void,
  nodeFlags: readonly string[] = [],
): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-control-plane-'))
  const processes = new Processes()
  processes.atEnd(() => rmSync(folder, { recursive: true, force: true }))
  const secrets = join(folder, 'mesh')
  execFileSync(process.execPath, [built('init.js'), '--out', secrets], { stdio: 'pipe' })
  admit(secrets, size)
  const [natsPort, monitorPort, port] = (await freePorts(3)) as [number, number, number]
  const nats = await startNats({ folder, secrets, processes, size, natsPort, monitorPort, say })
  const natsUrl = `tls://127.0.0.1:${natsPort}`
  const operator = new Operator(secrets, port)
  const config = join(folder, 'config')
  mkdirSync(config)
  const log = join(folder, 'control-plane.output')
  const server = processes.start(process.execPath, ['--max-semi-space-size=4', ...nodeFlags, built('main.js')], {
    log,
    cwd: folder,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      // As infra/local/launch.ts starts it.
      MALLOC_ARENA_MAX: '2',
      MALLOC_TRIM_THRESHOLD_: '131072',
      MESH_NATS_URL: natsUrl,
      CONTROL_PLANE_STATE_DIR: join(secrets, 'ca'),
      CONTROL_PLANE_PORT: String(port),
      CONTROL_PLANE_CONFIG_DIR: config,
    },
  })
  await untilReady('the control plane', server, log, () => operator.isReady())
  return {
    folder,
    secrets,
    processes,
    nats: { url: natsUrl, monitorPort, pid: nats.pid },
    controlPlane: { url: `https://127.0.0.1:${port}`, pid: server.pid, stop: () => server.stop() },
    operator,
    lastWords: () => readFileSync(log, 'utf8').slice(-3_000),
  }
}

function built(program: string): string {
  const file = join(clone, 'apps/control-plane/dist', program)
  if (!existsSync(file)) throw new Error(`${file} is missing\nRemedy: npm run build`)
  return file
}

async function startNats(options: {
  folder: string
  secrets: string
  processes: Processes
  size: MeshSize
  natsPort: number
  monitorPort: number
  say: (line: string) => void
}): Promise<{ pid: number }> {
  const { folder, secrets, processes, size, natsPort, monitorPort, say } = options
  // infra/local is a program and no library: it has no door that could be imported by name.
  const { findNatsServer } = (await import(pathToFileURL(join(clone, 'infra/local/nats/binary.ts')).href)) as {
    findNatsServer(cacheDir: string, say: (line: string) => void): Promise<string>
  }
  const binary = await findNatsServer(join(clone, '.meshmart/cache'), say)
  const log = join(folder, 'nats.output')
  const server = processes.start(binary, ['--config', writeNatsConfiguration(folder, size)], {
    log,
    cwd: secrets,
    env: {
      NATS_HOST: '127.0.0.1',
      NATS_PORT: String(natsPort),
      NATS_MONITOR_PORT: String(monitorPort),
      NATS_STORE_DIR: join(folder, 'store'),
    },
  })
  await untilReady('NATS', server, log, () =>
    fetch(`http://127.0.0.1:${monitorPort}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
  return server
}
