/** How each kind of part is started on this machine, and how one knows that it is ready. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { get as httpGet } from 'node:http'
import { get as httpsGet } from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { Doors, Ports, ProcessDoors } from './doors.ts'
import {
  controlPlaneEnvironment,
  controlPlaneUrls,
  outsiderEnvironment,
  serviceEnvironment,
  sidecarEnvironment,
} from './environment.ts'
import type { Home } from './home.ts'
import { lastLines } from './child.ts'
import { findNatsServer } from './nats/binary.ts'
import { postgresPrograms } from './postgres/binaries.ts'
import { initialisePostgres, spawnPostgres } from './postgres/server.ts'
import { secret } from './secrets.ts'
import { clone, type LocalSettings } from './settings.ts'
import { sidecarEntry, type Outsider, type Workload } from './topology.ts'

export interface Machine {
  readonly settings: LocalSettings
  readonly home: Home
  readonly ports: Ports
  readonly say: (line: string) => void
}

/** A process to start, the signal that ends it in order, and a probe that resolves to whether it is ready. */
export interface Launch {
  readonly spawn: (stdio: StdioOptions) => ChildProcess
  readonly signal: NodeJS.Signals
  readonly ready: () => Promise<boolean>
}

/** What a child may see of our own environment: where programs are, and nothing that could be a secret or change its settings. */
const inherited = Object.fromEntries(
  ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR'].flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  ),
)

export async function launchPostgres({ home, ports }: Machine): Promise<Launch> {
  const options = {
    programs: await postgresPrograms(clone),
    dataDir: home.postgres,
    port: ports.postgres,
    superuserPassword: secret(join(home.secrets, 'postgres/superuser')),
    settings: ['shared_buffers=48MB', 'max_connections=140'],
  }
  initialisePostgres(options)
  return {
    spawn: (stdio) => spawnPostgres(options, stdio),
    signal: 'SIGINT',
    ready: () => acceptsClients(ports.postgres),
  }
}

export async function launchNats({ home, ports, say }: Machine): Promise<Launch> {
  const server = await findNatsServer(home.cache, say)
  mkdirSync(home.nats, { recursive: true })
  const env = {
    ...inherited,
    // It has a core of its own nowhere: handing work between its threads costs a quarter of its processor time where two cores are shared.
    GOMAXPROCS: '1',
    NATS_HOST: '127.0.0.1',
    NATS_PORT: String(ports.nats),
    NATS_MONITOR_PORT: String(ports.natsMonitor),
    NATS_STORE_DIR: home.nats,
  }
  return {
    // nats.conf names the certificates relative to the working directory.
    spawn: (stdio) =>
      spawn(server, ['--config', join(clone, 'infra/nats/nats.conf')], {
        cwd: join(home.secrets, 'mesh'),
        env,
        stdio,
        detached: true,
      }),
    signal: 'SIGTERM',
    ready: () => answers(`http://127.0.0.1:${ports.natsMonitor}/healthz`),
  }
}

export function launchControlPlane(workload: Workload, replica: number, machine: Machine): Launch {
  const trustBundle = join(machine.home.secrets, 'mesh/public/root.pem')
  // Here meshctl finds them.
  writeFileSync(join(machine.home.secrets, 'mesh/public/control-plane'), `${controlPlaneUrls(machine.ports)}\n`)
  const port = machine.ports.controlPlanes[replica - 1]
  return launchNode(workload.entry, controlPlaneEnvironment(workload, replica, machine), machine, () =>
    answers(`https://127.0.0.1:${port}/healthz/ready`, readFileSync(trustBundle, 'utf8')),
  )
}

export function launchService(workload: Workload, replica: number, doors: Doors, machine: Machine): Launch {
  const adminPort = doors.placement === 'embedded' ? doors.admin : doors.appAdmin
  return launchNode(workload.entry, serviceEnvironment(workload, replica, doors, machine), machine, () =>
    answers(`http://127.0.0.1:${adminPort}/healthz/ready`),
  )
}

export function launchSidecar(workload: Workload, replica: number, doors: ProcessDoors, machine: Machine): Launch {
  return launchNode(sidecarEntry, sidecarEnvironment(workload, replica, doors, machine), machine, () =>
    answers(`http://127.0.0.1:${doors.admin}/healthz/ready`),
  )
}

export function launchOutsider(part: Outsider, machine: Machine): Launch {
  const { acquirerAdmin, mailboxAdmin } = machine.ports
  const adminPort = part.name === 'acquirer' ? acquirerAdmin : mailboxAdmin
  return launchNode(part.entry, outsiderEnvironment(part, machine), machine, () =>
    answers(`http://127.0.0.1:${adminPort}/healthz/ready`),
  )
}

/** A process of ours. @param entry built, from the root of the repository */
function launchNode(
  entry: string,
  environment: Record<string, string>,
  { home }: Machine,
  ready: () => Promise<boolean>,
): Launch {
  const env = {
    ...inherited,
    NODE_ENV: 'production',
    // glibc keeps what was freed unless it is told not to; measured: 20 to 40 MB less for each process (npm run report).
    MALLOC_ARENA_MAX: '2',
    MALLOC_TRIM_THRESHOLD_: '131072',
    NODE_COMPILE_CACHE: join(home.cache, 'compile'),
    ...environment,
  }
  const command = [process.execPath, ...flagsOf(entry), join(clone, entry)]
  return {
    spawn: (stdio) => spawn('/bin/sh', ['-c', WITHOUT_CORE_DUMPS, ...command], { env, stdio, detached: true }),
    signal: 'SIGTERM',
    ready,
  }
}

/** A core dump would be the one file that holds card numbers (PCI DSS 3.3). Node has no setrlimit(2) of its own; with `exec` the process keeps its pid. */
const WITHOUT_CORE_DUMPS = 'ulimit -c 0 && exec "$0" "$@"'

/** Small heaps: many processes share a laptop. Why a sidecar collects on one thread: apps/sidecar/README.md. */
const flagsOf = (entry: string): string[] => [
  '--max-semi-space-size=4',
  ...(entry === sidecarEntry ? ['--single-threaded-gc'] : []),
]

/** Runs a task to its end; its output goes to its log file. Throws with the last lines where it fails. */
export async function runTask(name: string, args: readonly string[], { home }: Machine): Promise<void> {
  mkdirSync(home.logs, { recursive: true })
  const logFile = join(home.logs, `${name}.log`)
  const log = openSync(logFile, 'a')
  const child = spawn(process.execPath, args, {
    env: { ...inherited, NODE_COMPILE_CACHE: join(home.cache, 'compile') },
    stdio: ['ignore', log, log],
  })
  const code = await new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve))
  if (code !== 0)
    throw new Error(
      `${name} failed (exit code ${code}).\n${lastLines(logFile, 12)}\nRemedy: read ${logFile}; to begin anew: npm run reset`,
    )
}

/** Whether PostgreSQL lets clients in: while it recovers it takes connections, but answers the start-up message with an error. */
const acceptsClients = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const body = Buffer.from('\0\x03\0\0user\0postgres\0database\0postgres\0\0', 'latin1')
    const length = Buffer.alloc(4)
    length.writeInt32BE(body.length + 4)
    const socket = connect(port, '127.0.0.1', () => socket.write(Buffer.concat([length, body])))
    socket.once('data', (answer) => {
      socket.destroy()
      resolve(answer[0] === 'R'.charCodeAt(0)) // AuthenticationRequest
    })
    socket.once('error', () => resolve(false))
  })

export const answers = (url: string, ca?: string): Promise<boolean> =>
  new Promise((resolve) => {
    const options = { timeout: 2000, agent: false }
    // The name was checked by whoever made the address: it is our own loopback port; the chain is checked.
    const request =
      ca === undefined ? httpGet(url, options) : httpsGet(url, { ...options, ca, checkServerIdentity: () => undefined })
    request.once('response', (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    request.once('timeout', () => request.destroy())
    request.once('error', () => resolve(false))
  })
