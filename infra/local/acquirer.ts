/** How the shop of this machine reaches the acquirer, which is outside of the mesh: by a name that a ServiceEntry knows, in plain HTTP that the caller's sidecar turns into TLS. */
import { join } from 'node:path'
import { writeResources } from './compose-resources.ts'
import type { Home } from './home.ts'
import { secret } from './secrets.ts'

/** What acquirer and payments share: files of `home.secrets`. */
export const sharedSecrets = ({ secrets }: Pick<Home, 'secrets'>): { apiKey: string; webhookSecret: string } => ({
  apiKey: join(secrets, 'acquirer/api-key'),
  webhookSecret: join(secrets, 'acquirer/webhook-secret'),
})

/** Makes what the two share, on first use, and says where the acquirer is. */
export function prepareAcquirer(home: Home, port: number): void {
  for (const file of Object.values(sharedSecrets(home))) secret(file)
  const certificate = join(home.secrets, 'mesh/public/acquirer.pem')
  writeResources(home, 'acquirer', [
    ['resolution: DNS', 'resolution: STATIC'],
    ['targetPort: 8443', `targetPort: ${port}`],
    ['address: acquirer\n', 'address: 127.0.0.1\n'],
    ['caCertificates: /secrets/public/acquirer.pem', `caCertificates: ${JSON.stringify(certificate)}`],
  ])
}
