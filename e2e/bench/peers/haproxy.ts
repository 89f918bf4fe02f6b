/** haproxy with one thread: the fastest general proxy that is at hand. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { familyOf } from '../harness/kernel.ts'
import { freePorts } from '@meshmart/sidecar/internal'
import { untilReady, type SpawnedProcess } from '../harness/processes.ts'
import { allowed, elsewherePrefixes, type Bench, type Kind, type Running, type Subject } from '../harness/subject.ts'
import { listens } from '../harness/listens.ts'

interface Side {
  readonly side: 'outbound' | 'inbound'
  readonly port: number
  readonly statsPort: number
  readonly upstreamPort: number
  readonly accessLog: string
  readonly tls: 'none' | 'client' | 'server'
}

function configuration({ side, port, statsPort, upstreamPort, tls }: Side, bench: Bench): string {
  const { root } = bench.authority
  const bind =
    tls === 'server'
      ? ` ssl crt ${bench.authority.issue('orders').bundle} ca-file ${root} verify required ssl-min-ver TLSv1.3`
      : ''
  const towards =
    tls === 'client'
      ? ` ssl crt ${bench.authority.issue('gateway').bundle} ca-file ${root} verify required verifyhost orders sni str(orders) ssl-min-ver TLSv1.3`
      : ''
  const routes = elsewherePrefixes.map((prefix, index) => `  use_backend elsewhere${index} if { path_beg ${prefix} }`)
  const principal = tls === 'server' ? ` { ssl_c_s_dn(cn) ${allowed.account} }` : ''
  const policy = `  http-request deny deny_status 403 unless { method ${allowed.methods.join(' ')} } { path_beg ${allowed.pathPrefix} }${principal}`
  const elsewhere = bench.upstream.elsewhere.map(
    (each, index) => `backend elsewhere${index}\n  server s 127.0.0.1:${each}`,
  )
  return `global
  nbthread 1
  maxconn 9000
  log stdout format raw local0 info
defaults
  mode http
  http-reuse always
  retries 2
  retry-on conn-failure empty-response
  timeout connect 1s
  timeout client 600s
  timeout server 600s
frontend stats
  bind 127.0.0.1:${statsPort}
  http-request use-service prometheus-exporter
frontend main
  bind 127.0.0.1:${port}${bind}
  log global
  option httplog
  unique-id-format %[uuid()]
  unique-id-header x-request-id
${(side === 'inbound' ? [policy] : routes).join('\n')}
  default_backend main
backend main
  server s 127.0.0.1:${upstreamPort}${towards}
${side === 'outbound' ? elsewhere.join('\n') : ''}
`
}

async function run(side: Side, kind: Kind, bench: Bench): Promise<SpawnedProcess> {
  const stem = join(bench.folder, `haproxy-${kind}-${side.side}`)
  writeFileSync(`${stem}.cfg`, configuration(side, bench))
  const log = `${stem}.output`
  const options = { core: bench.cores.proxy, log, stdout: side.accessLog }
  const child = bench.processes.start('haproxy', ['-db', '-f', `${stem}.cfg`], options)
  await untilReady('haproxy', child, log, () => listens(side.port))
  return child
}

export const haproxy: Subject = {
  name: 'haproxy',
  kinds: ['outbound', 'inbound', 'pair'],
  needs: ['haproxy'],
  features:
    'ten routes and retries (outbound), allow policy (inbound; by CN, as it cannot read URI SANs), httplog line, statistics, request id; no trace context',
  version: async () => /version (\S+)/.exec(execFileSync('haproxy', ['-v'], { encoding: 'utf8' }))?.[1] ?? 'unknown',
  async start(kind, bench): Promise<Running> {
    const [port, inner, statsPort, innerStats] = (await freePorts(4)) as [number, number, number, number]
    const log = (side: string): string => join(bench.folder, `haproxy-${kind}-${side}.access.log`)
    const plain = { port, statsPort, upstreamPort: bench.upstream.port }
    const sides: Side[] =
      kind === 'pair'
        ? [
            { ...plain, side: 'inbound', port: inner, statsPort: innerStats, accessLog: log('inbound'), tls: 'server' },
            { ...plain, side: 'outbound', upstreamPort: inner, accessLog: log('outbound'), tls: 'client' },
          ]
        : [{ ...plain, side: kind, accessLog: log(kind), tls: 'none' }]
    const children: SpawnedProcess[] = []
    for (const side of sides) children.push(await run(side, kind, bench))
    return {
      port,
      host: 'orders',
      pids: children.flatMap(({ pid }) => familyOf(pid)),
      accessLogs: sides.map(({ accessLog }) => accessLog),
      metrics: { url: `http://127.0.0.1:${statsPort}/metrics`, contains: 'haproxy_frontend_http_requests_total' },
      traces: false,
      mtls:
        kind === 'pair'
          ? { port: inner, client: { certificate: bench.authority.issue('gateway'), root: bench.authority.root } }
          : null,
      stop: async () => void (await Promise.all(children.map((child) => child.stop()))),
    }
  },
}
