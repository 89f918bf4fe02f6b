/** One PostgreSQL cluster in a folder of its own, on loopback, with a password for its superuser. */
import { spawn, spawnSync, type ChildProcess, type StdioOptions } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { unprivileged } from './binaries.ts'

export interface PostgresOptions {
  /** Folder of `postgresPrograms`. */
  programs: string
  dataDir: string
  port: number
  superuserPassword: string
  /** Further `-c` settings, such as `fsync=off` for tests. */
  settings?: string[]
}

/** Makes the cluster where there is none yet; half a cluster left by a crash is made anew. */
export function initialisePostgres({ programs, dataDir, superuserPassword }: PostgresOptions): void {
  if (existsSync(join(dataDir, 'initialised'))) return
  rmSync(dataDir, { recursive: true, force: true })
  // The unprivileged user has to pass through the folders above its own.
  mkdirSync(dirname(dataDir), { recursive: true, mode: 0o755 })
  mkdirSync(dataDir, { mode: 0o700 })
  const passwordFile = `${dataDir}.password`
  writeFileSync(passwordFile, superuserPassword, { mode: 0o600 })
  for (const path of unprivileged ? [dataDir, passwordFile] : []) chownSync(path, unprivileged!.uid, unprivileged!.gid)
  const cluster = join(dataDir, 'cluster')
  const result = spawnSync(
    join(programs, 'bin/initdb'),
    [
      '-D',
      cluster,
      '-U',
      'postgres',
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--no-sync',
      '--locale=C.UTF-8',
      '-E',
      'UTF8',
    ],
    { ...unprivileged, cwd: dataDir, encoding: 'utf8' },
  )
  rmSync(passwordFile, { force: true })
  if (result.status !== 0) throw new Error(`PostgreSQL: initdb failed: ${result.error?.message ?? result.stderr}`)
  writeFileSync(join(dataDir, 'initialised'), '')
}

/** Starts the server; its log goes to stderr. It stops in order on SIGINT ("fast shutdown"). */
export function spawnPostgres(
  { programs, dataDir, port, settings = [] }: PostgresOptions,
  stdio: StdioOptions,
): ChildProcess {
  const options = [
    `listen_addresses=127.0.0.1`,
    `unix_socket_directories=${dataDir}`,
    'timezone=UTC',
    'log_timezone=UTC',
    ...settings,
  ]
  return spawn(
    join(programs, 'bin/postgres'),
    ['-D', join(dataDir, 'cluster'), '-p', String(port), ...options.flatMap((option) => ['-c', option])],
    { ...unprivileged, cwd: dataDir, stdio, detached: true },
  )
}
