/** The folders below MESHMART_HOME. */
import { join } from 'node:path'
import { isReachableByAll, reachableFolder, unprivileged } from './postgres/binaries.ts'
import { clone, type LocalSettings } from './settings.ts'

export interface Home {
  readonly root: string
  readonly secrets: string
  readonly logs: string
  /** Istio resources that are this machine's own, beside infra/mesh. */
  readonly mesh: string
  /** Downloads; one for all homes of this clone. */
  readonly cache: string
  /** Databases and streams. */
  readonly data: readonly string[]
  readonly nats: string
  readonly mailbox: string
  readonly postgres: string
  readonly lock: string
}

export function homeOf({ MESHMART_HOME: root }: LocalSettings): Home {
  const reachable = unprivileged === undefined || isReachableByAll(root) ? join(root, 'data') : reachableFolder(root)
  return {
    root,
    secrets: join(root, 'secrets'),
    logs: join(root, 'logs'),
    mesh: join(root, 'mesh'),
    cache: join(clone, '.meshmart/cache'),
    data: [join(root, 'data'), reachable],
    nats: join(root, 'data/nats'),
    mailbox: join(root, 'data/mailbox'),
    postgres: join(reachable, 'postgres'),
    lock: join(root, 'running.json'),
  }
}
