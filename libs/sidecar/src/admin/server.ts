/**
 * What an operator may ask of a sidecar on loopback, under the names that Envoy's users know: is it ready, what does it count, what was it told, whom does it
 * know, whose certificate does it show. Whatever changes something is a POST, as there.
 */
import type { SidecarLog } from '../log.ts'
import { certificates, clusterLines, configDump, type DumpParts } from './dumps.ts'
import { AdminListener, EXPOSITION, ownPages, text, type AdminPages, type Checks, type Page } from './listener.ts'

export interface AdminParts extends DumpParts {
  readonly metrics: { exposition(): string }
  readonly checks: Checks
  readonly log: SidecarLog
  /** Drains and goes on answering here; the process's own end is for who started it. */
  readonly drain: () => Promise<void>
}

export class AdminServer extends AdminListener {
  constructor(parts: AdminParts) {
    super('MESH_ADMIN_PORT', pagesOf(parts))
  }
}

function pagesOf(parts: AdminParts): AdminPages {
  const own = ownPages(parts.checks, parts.log)
  return {
    get: {
      ...own.get,
      '/stats/prometheus': () => ({
        status: 200,
        type: EXPOSITION,
        body: parts.metrics.exposition(),
      }),
      '/config_dump': () => json(configDump(parts)),
      '/clusters': () => text(200, clusterLines(parts.clusters)),
      '/certs': () => json(certificates(parts.identity)),
    },
    post: {
      ...own.post,
      '/drain': () => {
        void parts.drain()
        return text(200, 'draining\n')
      },
    },
  }
}

function json(value: unknown): Page {
  return { status: 200, type: 'application/json', body: `${JSON.stringify(value, null, 2)}\n` }
}
