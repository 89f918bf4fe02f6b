/** haproxy with one thread: the fastest general proxy that is at hand. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { allowed, elsewherePrefixes, type Bench } from '../harness/subject.ts'
import { classicProxy, type ClassicSide } from './classic-proxy.ts'

function configuration({ side, port, statusPort, upstreamPort, tls }: ClassicSide, bench: Bench): string {
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
  bind 127.0.0.1:${statusPort}
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

export const haproxy = classicProxy({
  name: 'haproxy',
  program: 'haproxy',
  features:
    'ten routes and retries (outbound), allow policy (inbound; by CN, as it cannot read URI SANs), httplog line, statistics, request id; no trace context',
  version: async () => /version (\S+)/.exec(execFileSync('haproxy', ['-v'], { encoding: 'utf8' }))?.[1] ?? 'unknown',
  status: { path: '/metrics', contains: 'haproxy_frontend_http_requests_total' },
  start(side, stem, bench) {
    const [file, log] = [`${stem}.cfg`, `${stem}.output`]
    writeFileSync(file, configuration(side, bench))
    const options = { core: bench.cores.proxy, log, stdout: side.accessLog }
    return { child: bench.processes.start('haproxy', ['-db', '-f', file], options), log }
  },
})
