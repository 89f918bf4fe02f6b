/** From settings to an application's running sidecar, in either placement. The service needs NATS for its events anyway, so that it waits for it here. */
import { install, setGlobalDispatcher } from 'undici'
import { EmbeddedSidecar } from './embedded.ts'
import type { SidecarLog } from './log.ts'
import { RememberedSnapshots } from './memory/remembered-snapshots.ts'
import { StateDirectory } from './memory/state-directory.ts'
import { startRemoteSidecar } from './remote/start.ts'
import type { SidecarSettings } from './settings.ts'
import type { Sidecar } from './sidecar.ts'
import { obtainIdentity, openNats } from './startup.ts'

export interface SidecarOptions {
  readonly log: SidecarLog
  /** `fetch`, `Response` and the rest of the process become undici's and go through the mesh. */
  readonly fetchGlobally?: boolean
}

const WAIT_MS = 60_000

/**
 * Identity fetched, NATS connected; embedded: inbound policy watched; process: its sidecar process takes calls. Nothing of the application listens yet.
 * @throws Error `settings: <VARIABLE>: <what is wrong>` where a file cannot be used, or the control plane or NATS does not come within 60 s
 */
export async function startSidecar(settings: SidecarSettings, options: SidecarOptions): Promise<Sidecar> {
  const { log } = options
  const state = settings.MESH_STATE_DIR === undefined ? null : new StateDirectory(settings.MESH_STATE_DIR, log)
  const start = settings.MESH_PLACEMENT === 'process' ? startRemoteSidecar : startEmbeddedSidecar
  const sidecar = await start(settings, state, log, WAIT_MS)
  if (options.fetchGlobally === true) {
    install()
    setGlobalDispatcher(sidecar.dispatcher)
  }
  return sidecar
}

async function startEmbeddedSidecar(
  settings: SidecarSettings,
  state: StateDirectory | null,
  log: SidecarLog,
  limitMs: number,
): Promise<Sidecar> {
  const { identity, rotation } = await obtainIdentity(settings, state, log, limitMs)
  const { nats, snapshots: source } = await openNats(settings, identity, log, limitMs)
  const snapshots = new RememberedSnapshots(state, log)
  snapshots.attach(source)
  return new EmbeddedSidecar({ settings, log, identity, rotation, nats, snapshots })
}
