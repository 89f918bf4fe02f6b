/**
 * Who may join the measured mesh: a join token and a user of NATS for each simulated sidecar, with the permissions that infra/nats/authorization.conf gives a
 * sidecar and nothing else, and one that holds leases in the name of replicas that have no sidecar here.
 */
import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { clone } from '../../testing/shop-under-test.ts'
import { serviceAt, type MeshSize, type ServiceName } from './large-mesh.ts'

export const LEASE_HOLDER = { namespace: 'bench', name: 'leases' } as const
type Workload = Pick<ServiceName, 'namespace' | 'name'>

const sidecarsOf = ({ sidecars }: MeshSize): Workload[] =>
  Array.from({ length: sidecars }, (_, index) => serviceAt(index))

export const tokenFile = (secrets: string, { namespace, name }: Workload): string =>
  join(secrets, 'tokens', `${namespace}.${name}`)

/** Gives everybody a join token. @param secrets what `init` has written */
export function admit(secrets: string, size: MeshSize): void {
  const file = join(secrets, 'ca/token-hashes.json')
  const hashes = JSON.parse(readFileSync(file, 'utf8')) as Record<string, string>
  for (const workload of [...sidecarsOf(size), LEASE_HOLDER]) {
    const token = randomBytes(32).toString('base64url')
    writeFileSync(tokenFile(secrets, workload), token, { mode: 0o600 })
    hashes[`${workload.namespace}/${workload.name}`] = createHash('sha256').update(token).digest('hex')
  }
  writeFileSync(file, JSON.stringify(hashes))
}

/** The project's own configuration of NATS with these users beside the shop's. */
export function writeNatsConfiguration(folder: string, size: MeshSize): string {
  const source = join(clone, 'infra/nats')
  const users = [...sidecarsOf(size).map(sidecarUser), holderUser()].join('\n')
  const authorization = readFileSync(join(source, 'authorization.conf'), 'utf8')
  const end = authorization.lastIndexOf(']')
  const all = `${authorization.slice(0, end)}${users}\n${authorization.slice(end)}`
  writeFileSync(join(folder, 'authorization.conf'), all)
  const server = readFileSync(join(source, 'nats.conf'), 'utf8')
    // What the project sets is enough for its shop; the others come one each.
    .replace(/max_connections: \d+/, `max_connections: ${Math.max(1_000, size.sidecars + 100)}`)
  const file = join(folder, 'nats.conf')
  writeFileSync(file, server)
  return file
}

function sidecarUser({ namespace, name }: Workload): string {
  return user(namespace, name, [
    '$JS.API.INFO',
    '$JS.API.CONSUMER.CREATE.KV_mesh.*.$KV.mesh.>',
    '$JS.API.CONSUMER.DELETE.KV_mesh.*',
    '$JS.FC.KV_mesh.>',
    `mesh.discover.${namespace}`,
    `mesh.ack.${namespace}.${name}.*`,
    `$KV.leases.${namespace}.${name}.*`,
  ])
}

const holderUser = (): string => user(LEASE_HOLDER.namespace, LEASE_HOLDER.name, ['$JS.API.INFO', '$KV.leases.>'])

const user = (namespace: string, name: string, publish: readonly string[]): string =>
  `{ user: "spiffe://cluster.local/ns/${namespace}/sa/${name}", permissions: { publish: { allow: ${JSON.stringify(publish)} }, subscribe: { allow: ["_INBOX_${name}.>", "mesh.report"] } } }`
