/** A listener on loopback that answers operators: fixed pages by path, GET for what only tells, POST for what changes something. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { LOG_LEVELS, reasonOf, type SidecarLog } from '../log.ts'

export interface Page {
  readonly status: number
  readonly type: string
  readonly body: string
}
export type Answerer = (query: URLSearchParams) => Page | Promise<Page>

/** Prometheus's text format. */
export const EXPOSITION = 'text/plain; version=0.0.4'

export interface AdminPages {
  readonly get: Readonly<Record<string, Answerer>>
  readonly post: Readonly<Record<string, Answerer>>
}

export type Checks = ReadonlyMap<string, () => Promise<void>>

export class AdminListener {
  readonly #server: http.Server
  readonly #setting: string

  /** @param setting that names the port */
  constructor(setting: string, { get, post }: AdminPages) {
    this.#setting = setting
    const names = [...Object.keys(get), ...Object.keys(post).map((path) => `POST ${path}`)].join('\n')
    this.#server = http.createServer((request, response) => {
      const url = URL.parse(request.url ?? '/', 'http://admin')
      const pathname = url?.pathname ?? ''
      const answer = request.method === 'POST' ? post[pathname] : get[pathname]
      const refusal = (): Page => (Object.hasOwn(post, pathname) ? text(405, 'use POST\n') : text(404, `${names}\n`))
      const page = async (): Promise<Page> => (answer ?? refusal)(url?.searchParams ?? new URLSearchParams())
      page()
        .catch((error: unknown) => text(500, `${reasonOf(error)}\n`))
        .then(({ status, type, body }) =>
          response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body),
        )
        .catch(() => response.destroy())
    })
  }

  /** @throws Error that names the setting where the port is taken. @returns the port */
  listen(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', (error) => {
        const problem = `settings: ${this.#setting}: cannot listen on 127.0.0.1:${port}: ${error.message}`
        reject(new Error(problem, { cause: error }))
      })
      this.#server.listen(port, '127.0.0.1', () => resolve((this.#server.address() as AddressInfo).port))
    })
  }

  close(): void {
    if (this.#server.listening) this.#server.close()
    this.#server.closeAllConnections()
  }
}

/** What every process of ours answers: does it live, is it ready, what does it log. */
export function ownPages(checks: Checks, log: SidecarLog): AdminPages {
  return {
    get: {
      '/healthz/live': () => text(200, 'live\n'),
      '/healthz/ready': () => readiness(checks),
      '/logging': () => text(200, `${log.level}\n`),
    },
    post: { '/logging': (query) => setLevel(log, query.get('level')) },
  }
}

export function text(status: number, body: string): Page {
  return { status, type: 'text/plain', body }
}

async function readiness(checks: Checks): Promise<Page> {
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

function setLevel(log: SidecarLog, wanted: string | null): Page {
  const level = LOG_LEVELS.find((known) => known === wanted)
  if (level === undefined) return text(400, `level: must be one of ${LOG_LEVELS.join(', ')}\n`)
  log.level = level
  return text(200, `${level}\n`)
}
