/**
 * The proxy that a Node developer would write with http-proxy: the library, and what is measured of the others around it in the plainest way.
 * usage: node http-proxy-server.ts SETTINGS (JSON: HttpProxySettings)
 */
import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { createRequire } from 'node:module'
import { allowed, elsewherePrefixes } from '../harness/subject.ts'

export interface HttpProxySettings {
  readonly side: 'outbound' | 'inbound'
  readonly port: number
  readonly metricsPort: number
  readonly upstreamPort: number
  readonly elsewhere: readonly number[]
  readonly accessLog: string
}
/** What is used of http-proxy 1.18, which has no types of its own. */
interface HttpProxy {
  web(request: IncomingMessage, response: ServerResponse, options: { target: string }): void
  on(event: 'error', listener: (error: Error, request: IncomingMessage, response: ServerResponse) => void): void
}

const settings = JSON.parse(process.argv[2] ?? '{}') as HttpProxySettings
const { createProxyServer } = createRequire(import.meta.url)('http-proxy') as {
  createProxyServer(options: { agent: Agent }): HttpProxy
}
const proxy = createProxyServer({ agent: new Agent({ keepAlive: true, maxSockets: 1024, noDelay: true }) })
const main = `http://127.0.0.1:${settings.upstreamPort}`
const rules = elsewherePrefixes.map((prefix, index) => ({
  prefix,
  target: `http://127.0.0.1:${settings.elsewhere[index]}`,
}))
const log = createWriteStream(settings.accessLog, { flags: 'a' })
let lines: string[] = []
setInterval(() => {
  if (lines.length > 0) log.write(lines.join(''))
  lines = []
}, 200)
const counts = new Map<number, number>()
const allows = ({ method = '', url = '' }: IncomingMessage): boolean =>
  allowed.methods.some((each) => each === method) && url.startsWith(allowed.pathPrefix)
const targetOf = (url: string): string => rules.find(({ prefix }) => url.startsWith(prefix))?.target ?? main

proxy.on('error', (error, _request, response) => {
  if (!response.headersSent) response.writeHead(502)
  response.end(error.message)
})
// As the others are configured; Node's own 5 s would end connections that are to rest.
createServer({ keepAliveTimeout: 600_000 }, (request, response) => {
  const began = performance.now()
  const id = randomUUID()
  request.headers['x-request-id'] = id
  response.once('close', () => {
    counts.set(response.statusCode, (counts.get(response.statusCode) ?? 0) + 1)
    const ms = Math.round(performance.now() - began)
    const { method, url, httpVersion, headers } = request
    lines.push(
      `[${new Date().toISOString()}] "${method} ${url} HTTP/${httpVersion}" ${response.statusCode} ${ms} "${headers['user-agent'] ?? '-'}" "${id}" "${headers.host}"\n`,
    )
  })
  if (settings.side === 'inbound' && !allows(request)) response.writeHead(403).end()
  else proxy.web(request, response, { target: settings.side === 'outbound' ? targetOf(request.url ?? '/') : main })
}).listen(settings.port, '127.0.0.1', 8192)
createServer((_request, response) => {
  response.end([...counts].map(([status, count]) => `requests_total{code="${status}"} ${count}\n`).join(''))
}).listen(settings.metricsPort, '127.0.0.1')
