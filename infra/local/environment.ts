/** The environment of each workload on this machine: docs/architecture.md, "Settings". */
import { join } from 'node:path'
import type { Home } from './home.ts'
import type { LocalSettings } from './settings.ts'
import type { Workload } from './topology.ts'
import { clone } from './settings.ts'

export interface Ports {
  readonly postgres: number
  readonly nats: number
  readonly natsMonitor: number
  readonly controlPlane: number
}

export function environmentOf(
  workload: Workload,
  replica: number,
  { home, settings, ports, adminPort }: { home: Home; settings: LocalSettings; ports: Ports; adminPort: number },
): Record<string, string> {
  const mesh = {
    MESH_TRUST_DOMAIN: 'cluster.local',
    MESH_NATS_URL: `tls://127.0.0.1:${ports.nats}`,
    LOG_LEVEL: settings.LOG_LEVEL,
  }
  if (workload.kind === 'control-plane') {
    return {
      ...mesh,
      CONTROL_PLANE_STATE_DIR: join(home.secrets, 'mesh/ca'),
      CONTROL_PLANE_ADDRESS: '127.0.0.1',
      CONTROL_PLANE_PORT: String(ports.controlPlane),
      CONTROL_PLANE_CONFIG_DIR: join(clone, 'infra/mesh'),
      MESH_CERTIFICATE_TTL_SECONDS: String(settings.MESH_CERTIFICATE_TTL_SECONDS),
    }
  }
  return {
    ...mesh,
    MESH_WORKLOAD: workload.name,
    MESH_NAMESPACE: workload.namespace,
    MESH_INSTANCE: `${workload.name}-${replica}`,
    MESH_CONTROL_PLANE_URL: `https://127.0.0.1:${ports.controlPlane}`,
    MESH_ROOT_CERT_FILE: join(home.secrets, 'mesh/public/root.pem'),
    MESH_JOIN_TOKEN_FILE: join(home.secrets, `mesh/tokens/${workload.namespace}.${workload.name}`),
    MESH_ADMIN_PORT: String(adminPort),
    ...(workload.database ? { DATABASE_URL_FILE: join(home.secrets, `postgres/${workload.name}.url`) } : {}),
    ...(workload.name === 'gateway' ? gateway(home, settings) : {}),
  }
}

const gateway = (home: Home, settings: LocalSettings): Record<string, string> => ({
  PUBLIC_ADDRESS: settings.PUBLIC_ADDRESS,
  PUBLIC_PORT: String(settings.PUBLIC_PORT),
  SESSION_SECRET_FILE: join(home.secrets, 'session'),
  DEMO_PASSWORD_FILE: join(home.secrets, 'demo-password'),
})
