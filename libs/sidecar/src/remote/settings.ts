/** What the process placement needs of the settings that the embedded one has no use for. */
import type { SidecarSettings } from '../settings.ts'

export interface RemoteSettings extends SidecarSettings {
  readonly MESH_APP_PORT: number
}

/** @throws Error `settings: MESH_APP_PORT: …` where it is not set: a port that anybody may guess is no default */
export function remoteSettings(settings: SidecarSettings): RemoteSettings {
  const { MESH_APP_PORT } = settings
  if (MESH_APP_PORT === undefined)
    throw new Error(
      'settings: MESH_APP_PORT: is missing; with MESH_PLACEMENT=process the sidecar calls the application there',
    )
  return { ...settings, MESH_APP_PORT }
}
