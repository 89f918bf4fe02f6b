/** A whole control plane with a real NATS, in a directory that is gone afterwards. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NatsConnection } from '@nats-io/transport-node'
import { pino, type Logger } from 'pino'
import { startControlPlane, type ControlPlane } from '../control-plane.ts'
import { connectToNats } from '../distribution/connection.ts'
import { Audit } from '../identity/audit.ts'
import { CertificateAuthority } from '../identity/authority.ts'
import { initialise } from '../identity/initialise.ts'
import { OwnIdentity } from '../identity/own-identity.ts'
import { readSettings } from '../settings.ts'
import { startNats, type NatsLimits, type RealNats } from './real-nats.ts'
import { call, idOf, readToken, type Reply } from './workload.ts'

export interface RealMesh {
  readonly directory: string
  readonly configDirectory: string
  readonly nats: RealNats
  readonly controlPlane: ControlPlane
  readonly port: number
  /** Log lines so far, as text. */
  readonly logged: string[]
  /** Asks as the operator; YAML where the body is text. */
  operator(method: string, path: string, body?: unknown): Promise<Reply>
  stop(): Promise<void>
}

const sample = join(import.meta.dirname, 'mesh')

/** A prepared directory with the sample configuration. */
export async function prepareMesh(): Promise<{ directory: string; configDirectory: string }> {
  const directory = mkdtempSync(join(tmpdir(), 'control-plane-'))
  await initialise({ directory, hosts: [], trustDomain: 'cluster.local', now: Date.now() })
  const configDirectory = join(directory, 'config')
  mkdirSync(configDirectory)
  cpSync(sample, configDirectory, { recursive: true })
  return { directory, configDirectory }
}

export async function startMesh(limits?: NatsLimits): Promise<RealMesh> {
  const { directory, configDirectory } = await prepareMesh()
  const nats = await startNats(directory, -1, limits)
  const logged: string[] = []
  const log: Logger = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) })
  const controlPlane = await startControlPlane(settingsFor(directory, configDirectory, nats.url), log)
  const { port } = controlPlane
  return {
    directory,
    configDirectory,
    nats,
    controlPlane,
    port,
    logged,
    operator: (method, path, body) => asOperator({ directory, port }, method, path, body),
    stop: async () => {
      await controlPlane.stop()
      await nats.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** YAML where the body is text. */
export function asOperator(
  at: { directory: string; port: number },
  method: string,
  path: string,
  body?: unknown,
): Promise<Reply> {
  const token = readToken(at.directory, 'meshmart-system.operator')
  const type = typeof body === 'string' ? 'application/yaml' : 'application/json'
  return call(at, method, path, { token, ...(body !== undefined && { body, type }) })
}

export const environmentFor = (
  directory: string,
  configDirectory: string,
  natsUrl: string,
): Record<string, string> => ({
  CONTROL_PLANE_STATE_DIR: join(directory, 'ca'),
  CONTROL_PLANE_PORT: '0',
  CONTROL_PLANE_CONFIG_DIR: configDirectory,
  MESH_NATS_URL: natsUrl,
})

export const settingsFor = (directory: string, configDirectory: string, natsUrl: string) =>
  readSettings(environmentFor(directory, configDirectory, natsUrl))

/** A connection to NATS with all that the control plane may do. */
export async function connectAsControlPlane({ directory, nats }: RealMesh): Promise<NatsConnection> {
  const silent = pino({ level: 'silent' })
  const authority = await CertificateAuthority.open(join(directory, 'ca'), 60_000)
  const identity = { trustDomain: 'cluster.local', namespace: 'meshmart-system', account: 'control-plane' }
  const own = await OwnIdentity.start(authority, identity, [], new Audit('test', silent), silent)
  own.stop()
  return connectToNats(nats.url, own, idOf('meshmart-system', 'nats'))
}
