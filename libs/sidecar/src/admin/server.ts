/** What an operator may ask on loopback: is it ready, what does it count, whom does it know, whose certificate does it show. Read only. */
import http from 'node:http'
import { reasonOf } from '../log.ts'
import type { WorkloadIdentity } from '../identity/workload-identity.ts'
import type { ClusterRegistry } from '../outbound/cluster-registry.ts'
import { poolKey } from '../outbound/endpoint-pool.ts'
import type { RequestMetrics } from '../telemetry/metrics.ts'

export interface AdminParts {
  readonly metrics: RequestMetrics
  readonly clusters: ClusterRegistry
  readonly identity: WorkloadIdentity
  readonly checks: ReadonlyMap<string, () => Promise<void>>
}

type Page = () => Promise<{ status: number; type: string; body: string }>

export class AdminServer {
  readonly #server: http.Server

  constructor(parts: AdminParts) {
    const pages: Readonly<Record<string, Page>> = {
      '/healthz/live': async () => text(200, 'live\n'),
      '/healthz/ready': () => readiness(parts.checks),
      '/stats/prometheus': async () => ({
        status: 200,
        type: 'text/plain; version=0.0.4',
        body: parts.metrics.exposition(),
      }),
      '/clusters': async () => text(200, clusterLines(parts.clusters)),
      '/certs': async () => certificates(parts.identity),
    }
    this.#server = http.createServer((request, response) => {
      const page = pages[(request.url ?? '/').split('?')[0] ?? '/']
      void (page?.() ?? Promise.resolve(text(404, `${Object.keys(pages).join('\n')}\n`))).then(
        ({ status, type, body }) => {
          response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
        },
      )
    })
  }

  /** @throws Error that names the setting where the port is taken. @returns the port */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        reject(
          new Error(`settings: MESH_ADMIN_PORT: cannot listen on 127.0.0.1:${port}: ${error.message}`, {
            cause: error,
          }),
        )
      })
      this.#server.listen(port, '127.0.0.1', () => {
        const address = this.#server.address()
        resolve(address === null || typeof address === 'string' ? port : address.port)
      })
    })
  }

  close(): void {
    if (this.#server.listening) this.#server.close()
    this.#server.closeAllConnections()
  }
}

async function readiness(checks: AdminParts['checks']): Promise<Awaited<ReturnType<Page>>> {
  const failures: string[] = []
  await Promise.all(
    [...checks].map(async ([name, check]) => {
      try {
        await check()
      } catch (error) {
        failures.push(`${name}: ${reasonOf(error)}`)
      }
    }),
  )
  return failures.length === 0 ? text(200, 'ready\n') : text(503, `${failures.join('\n')}\n`)
}

function clusterLines(clusters: ClusterRegistry): string {
  const lines: string[] = []
  for (const runtime of clusters.values()) {
    const { cluster } = runtime
    lines.push(
      `${cluster.name} ${cluster.loadBalancer} tls=${cluster.tls} endpoints=${runtime.endpoints.length} admitted=${runtime.picker.candidates.length}`,
    )
    for (const candidate of runtime.picker.candidates) {
      lines.push(
        `  ${candidate.endpoint.instance} ${poolKey(candidate)} active=${candidate.state.activeRequests} ${candidate.state.health}`,
      )
    }
  }
  return `${lines.join('\n')}\n`
}

function certificates({ spiffeId, svid }: WorkloadIdentity): Awaited<ReturnType<Page>> {
  const body = JSON.stringify({
    identity: spiffeId,
    notBefore: svid.notBefore,
    notAfter: svid.notAfter,
    certificateChain: svid.certificateChain,
  })
  return { status: 200, type: 'application/json', body: `${body}\n` }
}

function text(status: number, body: string): Awaited<ReturnType<Page>> {
  return { status, type: 'text/plain', body }
}
