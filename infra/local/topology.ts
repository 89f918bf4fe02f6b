/**
 * Everything that `npm start` runs: which processes, how many replicas, and what waits for what. They stop in the opposite order.
 * Compose (docker-compose.yml) runs the same parts.
 */

export type Part = Server<'postgres'> | Server<'nats'> | Task | Workload | Outsider

/** A server of others, run as it is. */
export interface Server<Kind extends string> {
  readonly kind: Kind
  readonly name: string
  readonly waitsFor: readonly string[]
}
/** Runs once at every start and ends; what it makes is kept. */
export interface Task {
  readonly kind: 'task'
  readonly name: string
  readonly waitsFor: readonly string[]
}
/** A process of ours. */
export interface Workload {
  readonly kind: 'control-plane' | 'service'
  readonly name: string
  readonly namespace: string
  readonly replicas: number
  /** Built entry, from the root of the repository. */
  readonly entry: string
  /** Has a database and a role of its own. */
  readonly database: boolean
  /** Opens the public port. */
  readonly edge: boolean
  readonly waitsFor: readonly string[]
}

/** A process of ours that plays somebody outside of the mesh. */
export interface Outsider {
  readonly kind: 'outsider'
  readonly name: 'acquirer' | 'mailbox'
  readonly entry: string
  readonly waitsFor: readonly string[]
}

const service = (name: string, replicas: number): Workload => ({
  kind: 'service',
  name,
  namespace: 'meshmart',
  replicas,
  entry: `apps/${name}/dist/main.js`,
  database: true,
  edge: name === 'gateway',
  waitsFor: ['control-plane', 'databases'],
})

/** Both listen on the public port, which Node refuses on macOS (`reusePort`). */
const gateways = process.platform === 'linux' ? 2 : 1

export const topology: readonly Part[] = [
  { kind: 'task', name: 'secrets', waitsFor: [] },
  { kind: 'postgres', name: 'postgres', waitsFor: ['secrets'] },
  { kind: 'nats', name: 'nats', waitsFor: ['secrets'] },
  { kind: 'task', name: 'databases', waitsFor: ['postgres'] },
  {
    kind: 'control-plane',
    name: 'control-plane',
    namespace: 'meshmart-system',
    replicas: 2,
    entry: 'apps/control-plane/dist/main.js',
    database: false,
    edge: false,
    waitsFor: ['nats'],
  },
  // It tells payments what happened through the public port, and goes on trying until that is there.
  { kind: 'outsider', name: 'acquirer', entry: 'apps/acquirer/dist/main.js', waitsFor: ['databases'] },
  // Nobody waits for it: an e-mail that cannot be sent yet stays in its service's database.
  { kind: 'outsider', name: 'mailbox', entry: 'apps/mailbox/dist/main.js', waitsFor: ['secrets'] },
  service('inventory', 2),
  service('payments', 2),
  service('orders', 2),
  service('gateway', gateways),
  {
    // The article's backend, `my-service` behind `my-gateway`: infra/mesh/examples.
    kind: 'service',
    name: 'my-service',
    namespace: 'default',
    replicas: 1,
    entry: 'apps/my-service/dist/main.js',
    database: false,
    edge: false,
    waitsFor: ['control-plane'],
  },
]

/** The sidecar as a process of its own, for whichever replica has one. */
export const sidecarEntry = 'apps/sidecar/dist/main.js'

/** @param replica from 1 */
export const replicaName = ({ name }: Workload, replica: number): string => `${name}-${replica}`

export const workloads = topology.filter(
  (part): part is Workload => part.kind === 'service' || part.kind === 'control-plane',
)
export const outsiders = topology.filter((part) => part.kind === 'outsider')
/** Each has a database and two roles of its own; the acquirer's is another company's, on the same server for want of a second one. */
export const servicesWithDatabase = [...workloads.filter((part) => part.database).map((part) => part.name), 'acquirer']
