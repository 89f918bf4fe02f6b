/**
 * Gives a service its database and its two roles: `<service>_owner` makes the tables, `<service>_app` is what the service runs as. Neither reaches another
 * service's database. Safe to run at every start; passwords become what is given.
 */
import pg from 'pg'
import { applyMigrations } from './migrations.ts'

export interface ProvisionOptions {
  /** Superuser, to any database of the cluster. */
  readonly adminUrl: string
  readonly service: string
  /** Name of the database; the service's own where it is not given. */
  readonly database?: string
  readonly ownerPassword: string
  readonly appPassword: string
  /** Directory of the service's migrations. */
  readonly migrations: string
}

/** All services are provisioned through the admin's database, so one lock there keeps two runs apart. */
const provisionLock = 7_209_114

export async function provisionDatabase(options: ProvisionOptions): Promise<void> {
  const { adminUrl, service, ownerPassword, appPassword, migrations, database = service } = options
  const owner = `${service}_owner`
  const app = `${service}_app`
  await withClient(adminUrl, async (client) => {
    await client.query('SELECT pg_advisory_lock($1)', [provisionLock])
    await ensureRole(client, owner, ownerPassword)
    await ensureRole(client, app, appPassword)
    await ensureDatabase(client, database, owner)
    const name = pg.escapeIdentifier(database)
    await client.query(`REVOKE ALL ON DATABASE ${name} FROM PUBLIC`)
    await client.query(
      `GRANT CONNECT ON DATABASE ${name} TO ${pg.escapeIdentifier(owner)}, ${pg.escapeIdentifier(app)}`,
    )
    // PostgreSQL lets every role into these by default.
    await client.query('REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC')
  })
  await withClient(urlOf(adminUrl, { database }), async (client) => {
    await client.query(`ALTER SCHEMA public OWNER TO ${pg.escapeIdentifier(owner)}`)
    await client.query('REVOKE ALL ON SCHEMA public FROM PUBLIC')
    await client.query(`GRANT USAGE ON SCHEMA public TO ${pg.escapeIdentifier(app)}`)
  })
  await applyMigrations(urlOf(adminUrl, { database, user: owner, password: ownerPassword }), migrations)
}

/** The same server as another user or in another database. */
export function urlOf(base: string, change: { database: string; user?: string; password?: string }): string {
  const url = new URL(base)
  url.pathname = `/${encodeURIComponent(change.database)}`
  if (change.user !== undefined) url.username = encodeURIComponent(change.user)
  if (change.password !== undefined) url.password = encodeURIComponent(change.password)
  return url.href
}

async function ensureRole(client: pg.Client, role: string, password: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [role])
  const name = pg.escapeIdentifier(role)
  if (rowCount === 0) await client.query(`CREATE ROLE ${name}`)
  await client.query(
    `ALTER ROLE ${name} WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD ${pg.escapeLiteral(password)}`,
  )
}

async function ensureDatabase(client: pg.Client, database: string, owner: string): Promise<void> {
  const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [database])
  // template0: nobody is ever connected to it, which CREATE DATABASE insists on.
  if (rowCount === 0) {
    await client.query(
      `CREATE DATABASE ${pg.escapeIdentifier(database)} OWNER ${pg.escapeIdentifier(owner)} TEMPLATE template0`,
    )
  }
}

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}
