/** The mesh that runs, as the control plane tells of it, in the form that is explained; and who would answer there. */
import type { RunningMesh } from '@meshmart/contracts'
import { explainedRunningMesh, parseDocument, type ExplainedMesh, type Explanation } from '@meshmart/istio-api'
import { told } from '../online/answers.ts'
import type { Client } from '../online/client.ts'
import { columns } from '../table.ts'

export interface AskedMesh {
  readonly mesh: ExplainedMesh
  readonly state: RunningMesh
}

/** @throws Unreachable where nobody answers, or nothing is in force */
export async function runningMesh(client: Client): Promise<AskedMesh> {
  const state = await told(client, { path: '/v1/mesh' }, (each) => each.RunningMesh)
  const mesh = explainedRunningMesh({
    resources: state.resources.flatMap(
      ({ source, file, document }) => parseDocument(document, file ?? source).resources,
    ),
    services: state.services.map(({ endpoints, ...service }) => {
      return { service, endpoints: endpoints.filter(({ ready }) => ready) }
    }),
    trustDomain: state.trustDomain,
    denied: state.denied,
  })
  return { mesh, state }
}

export interface Running {
  /** Of what was applied. */
  readonly revision: number
  /** Digest of the watched folder. */
  readonly folder: string
  /** Replica of the control plane that has told. */
  readonly replica: string
  /** Of each host that the request may go to, those that nobody is sent to included. */
  readonly replicas: readonly (RunningMesh['services'][number]['endpoints'][number] & { readonly host: string })[]
}

export function withReplicas(
  explanation: Explanation,
  { revision, folder, replica, services }: RunningMesh,
): Explanation & { readonly running: Running } {
  const hosts = new Set(explanation.destinations.map(({ host }) => host))
  const replicas = services
    .filter(({ host }) => hosts.has(host))
    .flatMap(({ host, endpoints }) => endpoints.map((endpoint) => ({ host, ...endpoint })))
  return { ...explanation, running: { revision, folder, replica, replicas } }
}

export function runningWords({ revision, folder, replica, replicas }: Running): string[] {
  const rows = replicas.map(({ instance, address, ports, labels, identity, ready }) => [
    instance,
    ready ? 'ready' : 'denied',
    Object.entries(ports)
      .map(([port, target]) => `${port} at ${address}:${target}`)
      .join(', '),
    Object.entries(labels)
      .map(([name, value]) => `${name}=${value}`)
      .join(','),
    identity,
  ])
  const table =
    rows.length === 0 ? [] : ['', ...columns([['REPLICA', 'STATE', 'PORTS', 'LABELS', 'IDENTITY'], ...rows])]
  return [...table, '', `Asked of ${replica}: revision ${revision}, folder ${folder.slice(0, 12)}`]
}
