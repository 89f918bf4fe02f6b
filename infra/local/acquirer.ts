/**
 * How the shop of this machine reaches the acquirer, which is outside of the mesh: by a name that a ServiceEntry knows, in plain HTTP that the caller's sidecar turns
 * into TLS. Port and certificate are this machine's, so the resources are written at each start, after those of compose (infra/docker/mesh).
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from './home.ts'
import { secret } from './secrets.ts'

const IN_COMPOSE = join(import.meta.dirname, '../docker/mesh/acquirer.yaml')

/** What acquirer and payments share: files of `home.secrets`. */
export const sharedSecrets = ({ secrets }: Pick<Home, 'secrets'>): { apiKey: string; webhookSecret: string } => ({
  apiKey: join(secrets, 'acquirer/api-key'),
  webhookSecret: join(secrets, 'acquirer/webhook-secret'),
})

/** Makes what the two share, on first use, and says where the acquirer is. */
export function prepareAcquirer(home: Home, port: number): void {
  for (const file of Object.values(sharedSecrets(home))) secret(file)
  mkdirSync(home.mesh, { recursive: true })
  writeFileSync(
    join(home.mesh, 'acquirer.yaml'),
    acquirerResources(port, join(home.secrets, 'mesh/public/acquirer.pem')),
  )
}

/** What differs on this machine from the file that compose mounts: everything else stands there once. */
function acquirerResources(port: number, certificate: string): string {
  const here = [
    ['resolution: DNS', 'resolution: STATIC'],
    ['targetPort: 8443', `targetPort: ${port}`],
    ['address: acquirer\n', 'address: 127.0.0.1\n'],
    ['caCertificates: /secrets/public/acquirer.pem', `caCertificates: ${JSON.stringify(certificate)}`],
  ] as const
  const text = readFileSync(IN_COMPOSE, 'utf8').replace(
    /^(#.*\n)+/,
    '# Written by npm start from infra/docker/mesh/acquirer.yaml.\n',
  )
  return here.reduce((resources, [there, replacement]) => {
    if (resources.split(there).length !== 2)
      throw new Error(`${IN_COMPOSE}: ${JSON.stringify(there)} must stand in it once`)
    return resources.replace(there, () => replacement)
  }, text)
}
