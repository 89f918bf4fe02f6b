/**
 * The one-shot container `secrets`: makes every secret at the first start and gives each service a volume with its own and no other.
 * Runs again at every start and only adds what is missing.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { readablePassword, secret, writeSecret } from '../local/secrets.ts'
import { workloads } from '../local/topology.ts'

const root = '/secrets'
const staging = join(root, 'ca/mesh')

// The certificate authority's volume is the only one that keeps everything.
// Further arguments are init's: `docker compose run --rm secrets node infra/docker/secrets.ts --rotate-root add`.
const options = [
  '--out',
  staging,
  '--host',
  'nats',
  '--ca-secret',
  join(root, 'ca-secret/key'),
  ...process.argv.slice(2),
]
execFileSync(process.execPath, ['apps/control-plane/dist/init.js', ...options], { stdio: 'inherit' })
cpSync(join(staging, 'public'), join(root, 'public'), { recursive: true })
cpSync(join(staging, 'nats'), join(root, 'nats'), { recursive: true })

for (const { name, namespace, kind, database } of workloads) {
  if (kind !== 'service') continue
  const folder = join(root, name)
  copyFileSync(join(staging, `tokens/${namespace}.${name}`), join(folder, 'join-token'))
  chmodSync(join(folder, 'join-token'), 0o600)
  if (database) secret(join(folder, 'database-password'))
}
// The acquirer is outside of the mesh; what it shares with payments both get as copies.
for (const file of ['server.key', 'server.pem'])
  copyFileSync(join(staging, 'acquirer', file), join(root, 'acquirer', file))
secret(join(root, 'acquirer/database-password'))
for (const shared of ['api-key', 'webhook-secret'])
  writeSecret(join(root, `payments/acquirer-${shared}`), secret(join(root, 'acquirer', shared)))
// The mailbox is outside of the mesh, too; who reads it has a copy of its key.
for (const file of ['server.key', 'server.pem'])
  copyFileSync(join(staging, 'mailbox', file), join(root, 'mailbox', file))
writeSecret(join(root, 'gateway/mailbox-api-key'), secret(join(root, 'mailbox/api-key')))
secret(join(root, 'gateway/session'))
secret(join(root, 'gateway/demo-password'), readablePassword)

// PostgreSQL runs as another user; the volume itself is what keeps others out.
mkdirSync(join(root, 'postgres'), { recursive: true })
secret(join(root, 'postgres/superuser'))
chmodSync(join(root, 'postgres/superuser'), 0o444)
