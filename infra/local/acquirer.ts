/**
 * How the shop of this machine reaches the acquirer, which is outside of the mesh: by a name that a ServiceEntry knows, in plain HTTP that the caller's sidecar turns
 * into TLS. Port and certificate are this machine's, so the resources are written at each start; compose has its own in infra/docker/mesh.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from './home.ts'
import { secret } from './secrets.ts'

/** ACQUIRER_HOST of @meshmart/contracts; this program runs before anything is built. */
const HOST = 'acquirer.example.com'

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

const acquirerResources = (port: number, certificate: string): string => `# Written by npm start.
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: acquirer
  namespace: meshmart
spec:
  hosts: [${HOST}]
  # Payments' affair.
  exportTo: ['.']
  location: MESH_EXTERNAL
  resolution: STATIC
  ports:
    - { number: 80, name: http, protocol: HTTP, targetPort: ${port} }
  endpoints:
    - address: 127.0.0.1
---
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: acquirer
  namespace: meshmart
spec:
  host: ${HOST}
  exportTo: ['.']
  trafficPolicy:
    tls:
      mode: SIMPLE
      sni: ${HOST}
      caCertificates: ${JSON.stringify(certificate)}
`
