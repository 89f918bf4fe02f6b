/**
 * How the shop of this machine reads the demo's mailbox, which is outside of the mesh: by a name that a ServiceEntry knows, in plain HTTP on loopback, so without the
 * TLS that compose's resources speak of. E-mails go there by SMTP, past the mesh.
 */
import { join } from 'node:path'
import { writeResources } from './compose-resources.ts'
import type { Home } from './home.ts'
import { secret, writeSecret } from './secrets.ts'

/** What the gateway proves itself to the mailbox with: a file of `home.secrets`. */
export const mailboxKey = ({ secrets }: Pick<Home, 'secrets'>): string => join(secrets, 'mailbox/api-key')

/** Makes the key on first use, and says where the read API is: to the mesh, and to the auditor (`secrets/mailbox/url`). */
export function prepareMailbox(home: Home, port: number): void {
  secret(mailboxKey(home))
  writeSecret(join(home.secrets, 'mailbox/url'), `http://127.0.0.1:${port}`)
  writeResources(
    home,
    'mailbox',
    [
      ['resolution: DNS', 'resolution: STATIC'],
      ['targetPort: 8025', `targetPort: ${port}`],
      ['address: mailbox\n', 'address: 127.0.0.1\n'],
    ],
    1,
  )
}
