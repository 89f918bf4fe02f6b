/**
 * From settings to a running sidecar process. It waits for nobody where it can go on with what it last knew: its doors are open before NATS is there, and a
 * request for a host that is not known yet waits for it.
 */
import { RememberedSnapshots } from '../memory/remembered-snapshots.ts'
import { StateDirectory } from '../memory/state-directory.ts'
import { reasonOf, type SidecarLog } from '../log.ts'
import { obtainIdentity, openNats } from '../startup.ts'
import { ProcessSidecar } from './process-sidecar.ts'
import type { ProcessSettings } from './settings.ts'

/** Of each round; a process of its own has nothing else to do than to wait. */
const ROUND_MS = 60_000

/** @throws Error `settings: <VARIABLE>: <what is wrong>` where a file or a port cannot be used, or the control plane does not come and there is no certificate of before */
export async function startSidecarProcess(settings: ProcessSettings, log: SidecarLog): Promise<ProcessSidecar> {
  const state = settings.MESH_STATE_DIR === undefined ? null : new StateDirectory(settings.MESH_STATE_DIR, log)
  const own = await obtainIdentity(settings, state, log, ROUND_MS)
  const snapshots = new RememberedSnapshots(state, log)
  const sidecar = new ProcessSidecar({ settings, own, snapshots, log })
  await sidecar.open()
  void attach(sidecar, settings, own.identity, log)
  return sidecar
}

async function attach(
  sidecar: ProcessSidecar,
  settings: ProcessSettings,
  identity: Parameters<typeof openNats>[1],
  log: SidecarLog,
): Promise<void> {
  while (!sidecar.closing) {
    try {
      const { nats, snapshots } = await openNats(settings, identity, log, ROUND_MS)
      if (sidecar.closing) await nats.close()
      else await sidecar.attach(nats, snapshots)
      return
    } catch (error) {
      log.error('discovery: no NATS yet, going on with what was last known', { reason: reasonOf(error) })
    }
  }
}
