/** A whole control plane with a real NATS, in a directory that is gone afterwards. */
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino, type Logger } from 'pino'
import { startControlPlane, type ControlPlane } from '../control-plane.ts'
import { initialise } from '../identity/initialise.ts'
import { readSettings } from '../settings.ts'
import { startNats, type RealNats } from './real-nats.ts'

export interface RealMesh {
  readonly directory: string
  readonly configDirectory: string
  readonly nats: RealNats
  readonly controlPlane: ControlPlane
  readonly port: number
  /** Log lines so far, as text. */
  readonly logged: string[]
  stop(): Promise<void>
}

const sample = join(import.meta.dirname, 'mesh')

export async function startMesh(): Promise<RealMesh> {
  const directory = mkdtempSync(join(tmpdir(), 'control-plane-'))
  await initialise({ directory, hosts: [], trustDomain: 'cluster.local', now: Date.now() })
  const configDirectory = join(directory, 'config')
  mkdirSync(configDirectory)
  cpSync(sample, configDirectory, { recursive: true })
  const nats = await startNats(directory)
  const logged: string[] = []
  const log: Logger = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) })
  const controlPlane = await startControlPlane(settingsFor(directory, configDirectory, nats.url), log)
  return {
    directory,
    configDirectory,
    nats,
    controlPlane,
    port: controlPlane.port,
    logged,
    stop: async () => {
      await controlPlane.stop()
      await nats.stop()
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

export const settingsFor = (directory: string, configDirectory: string, natsUrl: string) =>
  readSettings({
    CONTROL_PLANE_STATE_DIR: join(directory, 'ca'),
    CONTROL_PLANE_PORT: '0',
    CONTROL_PLANE_CONFIG_DIR: configDirectory,
    MESH_NATS_URL: natsUrl,
  })
