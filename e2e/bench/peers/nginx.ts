/** nginx with one worker. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { allowed, elsewherePrefixes, type Bench } from '../harness/subject.ts'
import { nginxVersion } from '../harness/upstream.ts'
import { classicProxy, type ClassicSide } from './classic-proxy.ts'

function configuration(
  { side, port, statusPort, upstreamPort, accessLog, tls }: ClassicSide,
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

export const nginx = classicProxy({
  name: 'nginx',
  program: 'nginx',
  features:
    'ten routes and a second try (outbound), allow policy (inbound; by CN, as it cannot read URI SANs), buffered access log, stub_status, request id; no trace context',
  version: () => Promise.resolve(nginxVersion()),
  status: { path: '/status', contains: 'Active connections' },
  start(side, work, bench) {
    mkdirSync(work, { recursive: true })
    const [file, log] = [join(work, 'nginx.conf'), join(work, 'output.log')]
    writeFileSync(file, configuration(side, work, bench))
    return { child: bench.processes.start('nginx', ['-p', work, '-c', file], { core: bench.cores.proxy, log }), log }
  },
})
