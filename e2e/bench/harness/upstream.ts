/** The application behind every proxy: nginx on the load core, with answers of fixed sizes, and nine neighbours that the routes lead to. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '@meshmart/sidecar/internal'
import { untilReady, type Processes } from './processes.ts'
import { ask } from './ask.ts'
import { openSink } from './sink.ts'
import type { Cores } from './cores.ts'

export interface Upstream {
  readonly port: number
  /** One for each of `elsewherePrefixes`. */
  readonly elsewhere: readonly number[]
  stop(): Promise<void>
}
/** Bytes of the answer by path. */
export const sizes = { '/items/200': 200, '/items/16k': 16_384, '/items/1m': 1_048_576, '/items/2g': 2 ** 31 } as const

export async function startUpstream(folder: string, processes: Processes, cores: Cores): Promise<Upstream> {
  const [port, taken, ...elsewhere] = await freePorts(11)
  const sink = await openSink()
  const work = join(folder, 'upstream')
  mkdirSync(join(work, 'items'), { recursive: true })
  for (const [path, bytes] of Object.entries(sizes)) {
    const file = join(work, path)
    writeFileSync(file, bytes <= 1_048_576 ? 'x'.repeat(bytes) : '')
    truncateSync(file, bytes) // the large one is a hole: no disk, and the page cache has it at once
  }
  const neighbours = elsewhere.map(
    (each, index) => `server { listen 127.0.0.1:${each}; location / { return 200 "elsewhere ${index}"; } }`,
  )
  const file = join(work, 'nginx.conf')
  writeFileSync(
    file,
    `user root; worker_processes 1; daemon off; pid ${work}/nginx.pid; error_log ${work}/error.log;
events { worker_connections 20000; }
http {
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; client_max_body_size 0; client_body_temp_path ${work}/body;
  proxy_temp_path ${work}/proxy; fastcgi_temp_path ${work}/fastcgi; uwsgi_temp_path ${work}/uwsgi; scgi_temp_path ${work}/scgi;
  proxy_http_version 1.1; proxy_set_header Connection ""; keepalive_requests 1000000000; keepalive_timeout 600s; open_file_cache max=10;
  server {
    listen 127.0.0.1:${port} backlog=8192;
    root ${work}; default_type text/plain;
    location = /items/logged { return 200 "logged"; }
    # \`return\` would answer before the body has come, and a proxy may then drop the rest: these answer when all of it is there.
    location = /items/upload { client_body_buffer_size 2m; proxy_pass http://taken/; proxy_pass_request_body off; proxy_set_header Content-Length ""; }
    location = /items/upload-2g { proxy_request_buffering off; proxy_pass http://127.0.0.1:${sink}; }
    location = /items/traceparent { return 200 "$http_traceparent"; }
  }
  upstream taken { server 127.0.0.1:${taken}; keepalive 64; keepalive_requests 1000000000; }
  server { listen 127.0.0.1:${taken}; location / { return 200 "taken"; } }
  ${neighbours.join('\n  ')}
}
`,
  )
  const server = processes.start('nginx', ['-p', work, '-c', file], { core: cores.load, log: join(work, 'output.log') })
  await untilReady('the upstream (nginx)', server, join(work, 'output.log'), async () =>
    ask({ port: port!, path: '/items/200' }).then(
      (answer) => answer.status === 200,
      () => false,
    ),
  )
  return {
    port: port!,
    elsewhere,
    stop: async () => {
      await server.stop()
      rmSync(work, { recursive: true, force: true })
    },
  }
}

/** Version of nginx as it says it. */
export const nginxVersion = (): string =>
  /nginx\/(\S+)/.exec(execFileSync('sh', ['-c', 'nginx -v 2>&1'], { encoding: 'utf8' }))?.[1] ?? 'unknown'
