/**
 * How the shop of this machine reads the demo's mailbox, which is outside of the mesh: by a name that a ServiceEntry knows, in plain HTTP on loopback. E-mails go there
 * by SMTP, past the mesh. The port is this machine's, so the resource is written at each start; compose has its own in infra/docker/mesh.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Home } from './home.ts'
import { secret, writeSecret } from './secrets.ts'

/** MAILBOX_HOST of @meshmart/contracts; this program runs before anything is built. */
const HOST = 'mailbox.example.com'

/** What the gateway proves itself to the mailbox with: a file of `home.secrets`. */
export const mailboxKey = ({ secrets }: Pick<Home, 'secrets'>): string => join(secrets, 'mailbox/api-key')

/** Makes the key on first use, and says where the read API is: to the mesh, and to the auditor (`secrets/mailbox/url`). */
export function prepareMailbox(home: Home, port: number): void {
  secret(mailboxKey(home))
  writeSecret(join(home.secrets, 'mailbox/url'), `http://127.0.0.1:${port}`)
  mkdirSync(home.mesh, { recursive: true })
  writeFileSync(join(home.mesh, 'mailbox.yaml'), mailboxResource(port))
}

const mailboxResource = (port: number): string => `# Written by npm start.
apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata:
  name: mailbox
  namespace: meshmart
spec:
  hosts: [${HOST}]
  exportTo: ['.']
  location: MESH_EXTERNAL
  resolution: STATIC
  ports:
    - { number: 80, name: http, protocol: HTTP, targetPort: ${port} }
  endpoints:
    - address: 127.0.0.1
`
