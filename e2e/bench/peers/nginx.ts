/** nginx with one worker. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { familyOf } from '../harness/kernel.ts'
import { listens } from '../harness/listens.ts'
import { freePorts } from '@meshmart/sidecar/internal'
import { untilReady, type SpawnedProcess } from '../harness/processes.ts'
import { allowed, elsewherePrefixes, type Bench, type Kind, type Running, type Subject } from '../harness/subject.ts'
import { nginxVersion } from '../harness/upstream.ts'

interface Side {
  readonly side: 'outbound' | 'inbound'
  readonly port: number
  readonly statusPort: number
  readonly upstreamPort: number
  readonly accessLog: string
  readonly tls: 'none' | 'client' | 'server'
}

function configuration(
  { side, port, statusPort, upstreamPort, accessLog, tls }: Side,
  work: string,
  bench: Bench,
): string {
  const { authority } = bench
  const own = authority.issue(tls === 'client' ? 'gateway' : 'orders')
  const server =
    tls === 'server'
      ? `ssl_certificate ${own.chain}; ssl_certificate_key ${own.key}; ssl_client_certificate ${authority.root};
      ssl_verify_client on; ssl_verify_depth 3; ssl_protocols TLSv1.3; ssl_session_cache shared:tls:10m;`
      : ''
  const client =
    tls === 'client'
      ? `proxy_ssl_certificate ${own.chain}; proxy_ssl_certificate_key ${own.key}; proxy_ssl_trusted_certificate ${authority.root};
      proxy_ssl_verify on; proxy_ssl_verify_depth 3; proxy_ssl_name orders; proxy_ssl_server_name on; proxy_ssl_protocols TLSv1.3;`
      : ''
  const scheme = tls === 'client' ? 'https' : 'http'
  const principal = tls === 'server' ? `if ($ssl_client_s_dn !~ "CN=${allowed.account}(,|$)") { return 403; }` : ''
  const routes = elsewherePrefixes.map((prefix, index) => `location ${prefix} { proxy_pass http://elsewhere${index}; }`)
  const locations =
    side === 'outbound'
      ? [...routes, `location / { proxy_pass ${scheme}://main; ${client} }`]
      : [
          `location ${allowed.pathPrefix} { if ($request_method !~ "^(${allowed.methods.join('|')})$") { return 403; } ${principal} proxy_pass http://main; }`,
          'location / { return 403; }',
        ]
  const pools = [
    `upstream main { server 127.0.0.1:${upstreamPort}; keepalive 512; keepalive_requests 1000000000; }`,
    ...bench.upstream.elsewhere.map(
      (each, index) => `upstream elsewhere${index} { server 127.0.0.1:${each}; keepalive 8; }`,
    ),
  ]
  return `user root; worker_processes 1; daemon off; pid ${work}/nginx.pid; error_log ${work}/error.log;
events { worker_connections 20000; }
http {
  log_format line '$remote_addr [$time_iso8601] "$request" $status $body_bytes_sent $request_length $request_time $upstream_addr $upstream_response_time "$http_user_agent" "$request_id" "$host"';
  access_log ${accessLog} line buffer=64k flush=1s;
  tcp_nodelay on; client_max_body_size 0; client_body_temp_path ${work}/body; proxy_temp_path ${work}/proxy;
  fastcgi_temp_path ${work}/fastcgi; uwsgi_temp_path ${work}/uwsgi; scgi_temp_path ${work}/scgi;
  keepalive_requests 1000000000; keepalive_timeout 600s;
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host; proxy_set_header x-request-id $request_id;
  proxy_request_buffering off; proxy_max_temp_file_size 0; proxy_next_upstream error timeout; proxy_connect_timeout 1s;
  ${pools.join('\n  ')}
  server { listen 127.0.0.1:${statusPort}; access_log off; location = /status { stub_status; } }
  server {
    listen 127.0.0.1:${port}${tls === 'server' ? ' ssl' : ''} backlog=8192; ${server}
    ${locations.join('\n    ')}
  }
}
`
}

async function run(side: Side, kind: Kind, bench: Bench): Promise<SpawnedProcess> {
  const work = join(bench.folder, `nginx-${kind}-${side.side}`)
  mkdirSync(work, { recursive: true })
  const file = join(work, 'nginx.conf')
  writeFileSync(file, configuration(side, work, bench))
  const log = join(work, 'output.log')
  const child = bench.processes.start('nginx', ['-p', work, '-c', file], { core: bench.cores.proxy, log })
  await untilReady('nginx', child, log, () => listens(side.port))
  return child
}

export const nginx: Subject = {
  name: 'nginx',
  kinds: ['outbound', 'inbound', 'pair'],
  needs: ['nginx'],
  features:
    'ten routes and a second try (outbound), allow policy (inbound; by CN, as it cannot read URI SANs), buffered access log, stub_status, request id; no trace context',
  version: () => Promise.resolve(nginxVersion()),
  async start(kind, bench): Promise<Running> {
    const [port, inner, statusPort, innerStatus] = (await freePorts(4)) as [number, number, number, number]
    const log = (side: string): string => join(bench.folder, `nginx-${kind}-${side}.access.log`)
    const plain = { port, statusPort, upstreamPort: bench.upstream.port }
    const sides: Side[] =
      kind === 'pair'
        ? [
            {
              ...plain,
              side: 'inbound',
              port: inner,
              statusPort: innerStatus,
              accessLog: log('inbound'),
              tls: 'server',
            },
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
      metrics: { url: `http://127.0.0.1:${statusPort}/status`, contains: 'Active connections' },
      traces: false,
      mtls:
        kind === 'pair'
          ? { port: inner, client: { certificate: bench.authority.issue('gateway'), root: bench.authority.root } }
          : null,
      stop: async () => void (await Promise.all(children.map((child) => child.stop()))),
    }
  },
}
