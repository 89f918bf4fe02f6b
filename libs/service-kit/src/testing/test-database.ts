/** A database of its own for each test file, provisioned as in production: the same roles, grants and migrations. */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { provisionDatabase, urlOf } from '../database/provision.ts'

export interface TestDatabase {
  /** As `<service>_app`. */
  readonly url: string
  /** As `<service>_owner`. */
  readonly ownerUrl: string
  /** As superuser. */
  readonly adminUrl: string
  drop(): Promise<void>
}

/** Roles belong to the whole cluster and tests run side by side, so all of them use these passwords. */
const passwords = { ownerPassword: 'test-owner', appPassword: 'test-app' }

/** Needs TEST_POSTGRES_URL, which vitest's global set-up sets. */
export async function createTestDatabase(options: { service: string; migrations: string }): Promise<TestDatabase> {
  const adminUrl = process.env['TEST_POSTGRES_URL']
  if (!adminUrl) throw new Error('TEST_POSTGRES_URL is not set: run this as *.int.spec.ts under vitest')
  const { service, migrations } = options
  const database = `test_${service}_${randomBytes(6).toString('hex')}`
  await provisionDatabase({ adminUrl, service, database, migrations, ...passwords })
  return {
    url: urlOf(adminUrl, { database, user: `${service}_app`, password: passwords.appPassword }),
    ownerUrl: urlOf(adminUrl, { database, user: `${service}_owner`, password: passwords.ownerPassword }),
    adminUrl: urlOf(adminUrl, { database }),
    drop: async () => {
      const client = new pg.Client({ connectionString: adminUrl })
      await client.connect()
      try {
        await client.query(`DROP DATABASE ${pg.escapeIdentifier(database)} WITH (FORCE)`)
      } finally {
        await client.end()
      }
    },
  }
}
