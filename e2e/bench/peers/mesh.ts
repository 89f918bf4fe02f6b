/** The real mesh behind our sidecars: NATS and the control plane with `e2e/bench/mesh`, on the load core, one for a whole run. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { clone } from '../../testing/shop-under-test.ts'
import { joinAs } from '../../testing/workload-identity.ts'
import { freePorts } from '@meshmart/sidecar/internal'
import { untilReady } from '../harness/processes.ts'
import type { Bench, Identity } from '../harness/subject.ts'

export interface Mesh {
  readonly natsPort: number
  readonly controlPlanePort: number
  readonly rootCertificate: string
  /** Join token of a workload of the shop; the bench borrows their names, for NATS knows no others. */
  tokenOf(workload: string): string
  /** A certificate of this mesh, for a client of the bench. */
  join(workload: string): Promise<Identity>
}

/** By the folder of its files. */
const started = new Map<string, Promise<Mesh>>()

/** The mesh of this folder, in most runs the only one; started when it is first asked for, ended with all other processes. */
export function meshOf(bench: Bench): Promise<Mesh> {
  const mesh = started.get(bench.folder) ?? startMesh(bench)
  started.set(bench.folder, mesh)
  return mesh
}

async function startMesh(bench: Bench): Promise<Mesh> {
  const controlPlane = join(clone, 'apps/control-plane/dist/main.js')
  if (!existsSync(controlPlane)) throw new Error(`${controlPlane} is missing\nRemedy: npm run build`)
  const home = join(bench.folder, 'home')
  const secrets = join(home, 'secrets/mesh')
  execFileSync(process.execPath, [join(clone, 'apps/control-plane/dist/init.js'), '--out', secrets], { stdio: 'pipe' })
  const [natsPort, monitorPort, controlPlanePort] = (await freePorts(3)) as [number, number, number]
  await startNats(bench, secrets, natsPort, monitorPort)

  const rootCertificate = join(secrets, 'public/root.pem')
  const log = join(bench.folder, 'control-plane.output')
  const server = bench.processes.start(process.execPath, [controlPlane], {
    core: bench.cores.load,
    log,
    env: {
      PATH: process.env['PATH'],
      NODE_ENV: 'production',
      MESH_NATS_URL: `tls://127.0.0.1:${natsPort}`,
      CONTROL_PLANE_STATE_DIR: join(secrets, 'ca'),
      CONTROL_PLANE_PORT: String(controlPlanePort),
      CONTROL_PLANE_CONFIG_DIR: writeConfiguration(bench),
    },
  })
  await untilReady('the control plane', server, log, () => answers(controlPlanePort, rootCertificate))
  // As `npm start` leaves it behind: where joinAs looks for the control plane.
  writeFileSync(join(home, 'running.json'), JSON.stringify({ children: [{ name: 'control-plane', pid: server.pid }] }))
  return {
    natsPort,
    controlPlanePort,
    rootCertificate,
    tokenOf: (workload) => join(secrets, `tokens/meshmart.${workload}`),
    join: async (workload) => {
      const { key, chain } = await joinAs(home, 'meshmart', workload)
      const files = { key: join(bench.folder, `${workload}.key`), chain: join(bench.folder, `${workload}.pem`) }
      writeFileSync(files.key, key, { mode: 0o600 })
      writeFileSync(files.chain, chain)
      return { certificate: files, root: rootCertificate }
    },
  }
}

async function startNats(bench: Bench, secrets: string, port: number, monitorPort: number): Promise<void> {
  // infra/local is a program and no library: it has no door that could be imported by name.
  const { findNatsServer } = (await import(pathToFileURL(join(clone, 'infra/local/nats/binary.ts')).href)) as {
    findNatsServer(cacheDir: string, say: (line: string) => void): Promise<string>
  }
  const binary = await findNatsServer(join(clone, '.meshmart/cache'), bench.say)
  const store = join(bench.folder, 'nats')
  mkdirSync(store)
  const log = join(bench.folder, 'nats.output')
  const server = bench.processes.start(binary, ['--config', join(clone, 'infra/nats/nats.conf')], {
    core: bench.cores.load,
    log,
    cwd: secrets,
    env: {
      NATS_HOST: '127.0.0.1',
      NATS_PORT: String(port),
      NATS_MONITOR_PORT: String(monitorPort),
      NATS_STORE_DIR: store,
    },
  })
  await untilReady('NATS', server, log, () =>
    fetch(`http://127.0.0.1:${monitorPort}/healthz`).then(
      ({ ok }) => ok,
      () => false,
    ),
  )
}

/** @returns the folder of Istio resources with this run's ports filled in */
function writeConfiguration({ folder, upstream }: Bench): string {
  const ports: Record<string, number> = { UPSTREAM_PORT: upstream.port }
  for (const [index, port] of upstream.elsewhere.entries()) ports[`ELSEWHERE_${index}_PORT`] = port
  const source = join(import.meta.dirname, '../mesh')
  const target = join(folder, 'mesh')
  mkdirSync(target)
  for (const name of readdirSync(source)) {
    const text = readFileSync(join(source, name), 'utf8').replace(/\$\{(\w+)\}/g, (whole, variable: string) =>
      String(ports[variable] ?? whole),
    )
    writeFileSync(join(target, name), text)
  }
  return target
}

const answers = (port: number, root: string): Promise<boolean> =>
  new Promise((resolve) => {
    const options = { ca: readFileSync(root), checkServerIdentity: () => undefined, agent: false, timeout: 2000 }
    const request = get(`https://127.0.0.1:${port}/healthz/ready`, options, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.once('timeout', () => request.destroy()).once('error', () => resolve(false))
  })
