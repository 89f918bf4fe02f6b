/** The one-shot container `databases`: one database and two roles for each service, and its migrations, at every start. */
import { join } from 'node:path'
import { provisionDatabase } from '@meshmart/service-kit'
import { moveAcquirerBooks } from '../local/acquirer-books.ts'
import { secret, writeSecret } from '../local/secrets.ts'
import { clone } from '../local/settings.ts'
import { servicesWithDatabase } from '../local/topology.ts'

const adminUrl = `postgres://postgres:${secret('/secrets/postgres/superuser')}@postgres:5432/postgres`
await Promise.all(
  servicesWithDatabase.map(async (service) => {
    const appPassword = secret(`/secrets/${service}/database-password`)
    const ownerPassword = secret(`/secrets/owners/${service}`)
    await provisionDatabase({
      adminUrl,
      service,
      ownerPassword,
      appPassword,
      migrations: join(clone, `apps/${service}/migrations`),
    })
    writeSecret(`/secrets/${service}/database-url`, `postgres://${service}_app:${appPassword}@postgres:5432/${service}`)
  }),
)
await moveAcquirerBooks((service) => adminUrl.replace(/postgres$/, service))
