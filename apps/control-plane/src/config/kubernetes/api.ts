/**
 * What this project asks of the Kubernetes API: lists, watches, patches. HTTP/1.1 with JSON over connections that
 * stay open; one for each watch. (The official client costs 85 MB at rest, most of it classes for kinds that nobody here reads: ADR 21.)
 */
import { Agent, request, type RequestOptions } from 'node:https'
import type { IncomingMessage } from 'node:http'
import type { KubernetesAccess } from './access.ts'

/** An object as the API gives it. */
export interface KubernetesObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
    readonly resourceVersion?: string
    readonly generation?: number
    readonly creationTimestamp?: string
    readonly [field: string]: unknown
  }
  readonly [field: string]: unknown
}
export interface ObjectList {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
  readonly items: readonly KubernetesObject[]
}
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  readonly object: KubernetesObject
}
type Query = Readonly<Record<string, string>>

/** The API has answered, and no. `status` is that of HTTP, or of the `Status` object in a watch. */
export class ApiError extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

const ANSWER_WITHIN_MS = 15_000
/** Bookmarks come every minute or so: whoever is silent for longer is gone, and its connection does not know it. */
const SILENT_MS = 150_000

export class KubernetesApi {
  readonly #access: KubernetesAccess
  readonly #agent: Agent

  constructor(access: KubernetesAccess) {
    const { ca, clientCertificate, serverName } = access
    this.#access = access
    this.#agent = new Agent({
      keepAlive: true,
      ...(ca !== null && { ca }),
      ...(serverName !== null && { servername: serverName }),
      ...clientCertificate,
    })
  }

  /** One page. @throws ApiError, or the error of the connection */
  async list(path: string, query: Query = {}): Promise<ObjectList> {
    return (await this.send('GET', path, query)) as ObjectList
  }

  /** @returns the answer's body. @throws ApiError, or the error of the connection */
  async send(
    method: string,
    path: string,
    query: Query = {},
    body?: object,
    type = 'application/json',
  ): Promise<unknown> {
    const limits = { signal: AbortSignal.timeout(ANSWER_WITHIN_MS), silentMs: ANSWER_WITHIN_MS }
    const sent = body === undefined ? undefined : JSON.stringify(body)
    const response = await this.#ask(method, path, query, limits, sent, type)
    return JSON.parse(await readAll(response))
  }

  /**
   * Event after event, until the server ends the watch.
   * @throws ApiError (410: too old a version), or the error of the connection, also where `signal` has ended it; now or amid the events
   */
  async watch(path: string, query: Query, signal: AbortSignal): Promise<AsyncIterable<WatchEvent>> {
    return eventsOf(await this.#ask('GET', path, { ...query, watch: 'true' }, { signal, silentMs: SILENT_MS }))
  }

  close(): void {
    this.#agent.destroy()
  }

  async #ask(
    method: string,
    path: string,
    query: Query,
    { signal, silentMs }: { signal: AbortSignal; silentMs: number },
    body?: string,
    type?: string,
  ): Promise<IncomingMessage> {
    const token = await this.#access.token()
    const { server } = this.#access
    const base = server.pathname.replace(/\/$/, '')
    const search = new URLSearchParams(query).toString()
    const options: RequestOptions = {
      agent: this.#agent,
      signal,
      method,
      host: server.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: server.port || 443,
      path: `${base}${path}${search === '' ? '' : `?${search}`}`,
      headers: {
        accept: 'application/json',
        // Whoever looks at `managedFields` sees who has written a status.
        'user-agent': 'meshmart-control-plane',
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'content-type': type, 'content-length': Buffer.byteLength(body) }),
      },
    }
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const outgoing = request(options, resolve).on('error', reject)
      outgoing.setTimeout(silentMs, () => outgoing.destroy(new Error(`silent for ${silentMs / 1_000} s`)))
      outgoing.end(body)
    })
    const { statusCode = 0 } = response
    if (statusCode >= 200 && statusCode < 300) return response
    throw statusError(await readAll(response).then(jsonOr), statusCode)
  }
}

/** One JSON object a line. */
async function* eventsOf(response: IncomingMessage): AsyncGenerator<WatchEvent> {
  let rest = ''
  for await (const chunk of response.setEncoding('utf8')) {
    const lines = `${rest}${chunk as string}`.split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const event = JSON.parse(line) as WatchEvent
      // Leaving the loop ends the connection.
      if (event.type === 'ERROR') throw statusError(event.object, 500)
      yield event
    }
  }
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Between us and the API may stand something that answers with a page. */
function jsonOr(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return { message: body.slice(0, 200) }
  }
}

function statusError(status: unknown, otherwise: number): ApiError {
  const { code, message } = (status ?? {}) as { code?: unknown; message?: unknown }
  const number = typeof code === 'number' ? code : otherwise
  return new ApiError(number, typeof message === 'string' ? message : `HTTP ${number}`)
}
