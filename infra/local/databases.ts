/**
 * The task `databases`: one database and two roles for each service, then its migrations. A process of its own, so that what it needs is
 * not kept in memory afterwards. usage: node databases.ts POSTGRES_PORT SECRETS_DIR
 */
import { join } from 'node:path'
import { provisionDatabase } from '@meshmart/service-kit'
import { moveAcquirerBooks } from './acquirer-books.ts'
import { secret, writeSecret } from './secrets.ts'
import { clone } from './settings.ts'
import { servicesWithDatabase } from './topology.ts'

const [port, secrets] = process.argv.slice(2)
if (port === undefined || secrets === undefined) throw new Error('usage: node databases.ts POSTGRES_PORT SECRETS_DIR')

const folder = join(secrets, 'postgres')
const adminUrl = `postgres://postgres:${secret(join(folder, 'superuser'))}@127.0.0.1:${port}/postgres`
await Promise.all(
  servicesWithDatabase.map(async (service) => {
    const appPassword = secret(join(folder, `${service}_app`))
    const ownerPassword = secret(join(folder, `${service}_owner`))
    await provisionDatabase({
      adminUrl,
      service,
      ownerPassword,
      appPassword,
      migrations: join(clone, `apps/${service}/migrations`),
    })
    writeSecret(join(folder, `${service}.url`), `postgres://${service}_app:${appPassword}@127.0.0.1:${port}/${service}`)
  }),
)
await moveAcquirerBooks((service) => adminUrl.replace(/postgres$/, service))
