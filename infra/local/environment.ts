/** The environment of each workload on this machine: docs/architecture.md, "Settings". */
import { join } from 'node:path'
import { sharedSecrets } from './acquirer.ts'
import { mailboxKey } from './mailbox.ts'
import type { Doors, Ports, ProcessDoors } from './doors.ts'
import type { Home } from './home.ts'
import type { LocalSettings } from './settings.ts'
import { replicaName, type Outsider, type Workload } from './topology.ts'
import { clone } from './settings.ts'

export interface Surroundings {
  readonly home: Home
  readonly settings: LocalSettings
  readonly ports: Ports
}
type Environment = Record<string, string>

/** @param replica from 1 */
export function controlPlaneEnvironment(workload: Workload, replica: number, around: Surroundings): Environment {
  const { home, settings, ports } = around
  return {
    ...everybody(around),
    CONTROL_PLANE_STATE_DIR: join(home.secrets, 'mesh/ca'),
    CONTROL_PLANE_INSTANCE: replicaName(workload, replica),
    CONTROL_PLANE_ADDRESS: '127.0.0.1',
    CONTROL_PLANE_PORT: String(ports.controlPlanes[replica - 1]),
    CONTROL_PLANE_CONFIG_DIR: [join(clone, 'infra/mesh'), home.mesh].join(','),
    MESH_CERTIFICATE_TTL_SECONDS: String(settings.MESH_CERTIFICATE_TTL_SECONDS),
  }
}

export function serviceEnvironment(
  workload: Workload,
  replica: number,
  doors: Doors,
  around: Surroundings,
): Environment {
  const { home, settings } = around
  return {
    ...member(workload, replica, around),
    ...(doors.placement === 'embedded' ? { MESH_ADMIN_PORT: String(doors.admin) } : behindProcess(doors)),
    ...(workload.database ? { DATABASE_URL_FILE: join(home.secrets, `postgres/${workload.name}.url`) } : {}),
    ...(workload.edge ? gateway(workload, home, settings) : {}),
    ...(sendsMail(workload) ? { SMTP_URL: `smtp://127.0.0.1:${around.ports.mailboxSmtp}` } : {}),
    ...(workload.name === 'payments' ? merchant(home) : {}),
  }
}

export const outsiderEnvironment = ({ name }: Outsider, around: Surroundings): Environment =>
  name === 'acquirer' ? acquirerEnvironment(around) : mailboxEnvironment(around)

/** In the clear on loopback; in compose it has a certificate. */
const mailboxEnvironment = ({ home, settings, ports }: Surroundings): Environment => ({
  MAILBOX_SMTP_PORT: String(ports.mailboxSmtp),
  MAILBOX_HTTP_PORT: String(ports.mailboxHttp),
  MAILBOX_ADMIN_PORT: String(ports.mailboxAdmin),
  MAILBOX_API_KEY_FILE: mailboxKey(home),
  MAILBOX_DIR: home.mailbox,
  LOG_LEVEL: settings.LOG_LEVEL,
})

/** Order news from the gateway, stock warnings from inventory. */
const sendsMail = ({ edge, name }: Workload): boolean => edge || name === 'inventory'

/** Outside of the mesh: no identity, no token. It tells payments what happened where the whole world can: at the public port. */
function acquirerEnvironment({ home, settings, ports }: Surroundings): Environment {
  const { PUBLIC_ADDRESS: address, PUBLIC_PORT } = settings
  const url = new URL(`http://${address.includes(':') ? `[${address}]` : address}:${PUBLIC_PORT}/webhooks/acquirer`)
  if (address === '0.0.0.0' || address === '::') url.hostname = '127.0.0.1'
  return {
    ...merchant(home),
    ACQUIRER_PORT: String(ports.acquirer),
    ACQUIRER_ADMIN_PORT: String(ports.acquirerAdmin),
    ACQUIRER_TLS_CERT_FILE: join(home.secrets, 'mesh/acquirer/server.pem'),
    ACQUIRER_TLS_KEY_FILE: join(home.secrets, 'mesh/acquirer/server.key'),
    ACQUIRER_WEBHOOK_URL: url.href,
    // What payments hears in answer to its own calls it need not hear twice.
    ACQUIRER_WEBHOOK_TYPES: 'charge.declined,charge.refunded,charge.expired',
    DATABASE_URL_FILE: join(home.secrets, 'postgres/acquirer.url'),
    LOG_LEVEL: settings.LOG_LEVEL,
  }
}

/** The process beside it has the same identity and the same name. */
export function sidecarEnvironment(
  workload: Workload,
  replica: number,
  doors: ProcessDoors,
  around: Surroundings,
): Environment {
  return {
    ...member(workload, replica, around),
    MESH_ADMIN_PORT: String(doors.admin),
    MESH_OUTBOUND_PORT: String(doors.outbound),
    MESH_APP_PORTS: `http:80:${doors.app}`,
  }
}

const behindProcess = ({ app, outbound, appAdmin }: ProcessDoors): Environment => ({
  MESH_PLACEMENT: 'process',
  MESH_APP_PORT: String(app),
  MESH_OUTBOUND_PORT: String(outbound),
  MESH_APP_ADMIN_PORT: String(appAdmin),
})

export const controlPlaneUrls = ({ controlPlanes }: Pick<Ports, 'controlPlanes'>): string =>
  controlPlanes.map((port) => `https://127.0.0.1:${port}`).join(',')

const everybody = ({ settings, ports }: Surroundings): Environment => ({
  MESH_TRUST_DOMAIN: 'cluster.local',
  MESH_NATS_URL: `tls://127.0.0.1:${ports.nats}`,
  LOG_LEVEL: settings.LOG_LEVEL,
})

const member = (workload: Workload, replica: number, around: Surroundings): Environment => ({
  ...everybody(around),
  MESH_WORKLOAD: workload.name,
  MESH_NAMESPACE: workload.namespace,
  MESH_INSTANCE: replicaName(workload, replica),
  // The second replica plays the next version: subsets v1 and v2 of infra/mesh/traffic.
  MESH_LABELS: `version=v${replica}`,
  MESH_CONTROL_PLANE_URL: controlPlaneUrls(around.ports),
  MESH_ROOT_CERT_FILE: join(around.home.secrets, 'mesh/public/root.pem'),
  MESH_JOIN_TOKEN_FILE: join(around.home.secrets, `mesh/tokens/${workload.namespace}.${workload.name}`),
  MESH_TRACE_SAMPLING: String(around.settings.MESH_TRACE_SAMPLING),
})

/** What payments and the acquirer know of each other. */
const merchant = (home: Home): Environment => {
  const { apiKey, webhookSecret } = sharedSecrets(home)
  return { ACQUIRER_API_KEY_FILE: apiKey, ACQUIRER_WEBHOOK_SECRET_FILE: webhookSecret }
}

const gateway = ({ replicas }: Workload, home: Home, settings: LocalSettings): Record<string, string> => ({
  PUBLIC_ADDRESS: settings.PUBLIC_ADDRESS,
  PUBLIC_PORT: String(settings.PUBLIC_PORT),
  PUBLIC_PORT_SHARED: String(replicas > 1),
  SESSION_SECRET_FILE: join(home.secrets, 'session'),
  DEMO_PASSWORD_FILE: join(home.secrets, 'demo-password'),
  MAILBOX_API_KEY_FILE: mailboxKey(home),
})
