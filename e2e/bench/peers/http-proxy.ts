/** http-proxy 1.18, the proxy that most Node projects take: one hop only, it is no party to mutual TLS between sidecars. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { listens } from '../harness/listens.ts'
import { freePorts } from '@meshmart/sidecar/internal'
import { untilReady } from '../harness/processes.ts'
import type { Running, Subject } from '../harness/subject.ts'
import type { HttpProxySettings } from './http-proxy-server.ts'

export const httpProxy: Subject = {
  name: 'http-proxy',
  kinds: ['outbound', 'inbound'],
  needs: [],
  features:
    'ten routes (outbound), allow policy (inbound), buffered access log, a counter by status, request id; no trace context, no retries',
  version: () => {
    const manifest = createRequire(import.meta.url).resolve('http-proxy/package.json')
    return Promise.resolve((JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version)
  },
  async start(kind, bench): Promise<Running> {
    if (kind === 'pair') throw new Error('http-proxy has no pair')
    const [port, metricsPort] = (await freePorts(2)) as [number, number]
    const accessLog = join(bench.folder, `http-proxy-${kind}.access.log`)
    const settings: HttpProxySettings = {
      side: kind,
      port,
      metricsPort,
      upstreamPort: bench.upstream.port,
      elsewhere: bench.upstream.elsewhere,
      accessLog,
    }
    const log = join(bench.folder, `http-proxy-${kind}.output`)
    const program = join(import.meta.dirname, 'http-proxy-server.ts')
    const args = ['--disable-warning=DEP0060', program, JSON.stringify(settings)]
    const child = bench.processes.start(process.execPath, args, { core: bench.cores.proxy, log })
    await untilReady('http-proxy', child, log, () => listens(port))
    return {
      port,
      host: 'orders',
      pids: [child.pid],
      accessLogs: [accessLog],
      metrics: { url: `http://127.0.0.1:${metricsPort}/`, contains: 'requests_total' },
      traces: false,
      mtls: null,
      stop: () => child.stop(),
    }
  },
}
