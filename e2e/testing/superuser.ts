/** A running shop's databases, past the services and their roles: for the auditor, the seed and the benches. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'

/**
 * Connected; whoever asks ends it.
 * @param home MESHMART_HOME of a running shop
 * @throws where it was never started, or its PostgreSQL does not answer
 */
export async function connectAsSuperuser(
  home: string,
  database: string,
  config: Pick<pg.ClientConfig, 'options'> = {},
): Promise<pg.Client> {
  const folder = join(home, 'secrets/postgres')
  if (!existsSync(folder)) throw new Error(`${home} is not the home of a shop that was started`)
  const url = new URL(readFileSync(join(folder, `${database}.url`), 'utf8').trim())
  url.username = 'postgres'
  url.password = readFileSync(join(folder, 'superuser'), 'utf8').trim()
  const client = new pg.Client({ connectionString: url.href, ...config })
  await client.connect()
  return client
}
