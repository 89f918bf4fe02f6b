/** Questions to the control plane. The server is known by its SPIFFE id; the next replica is asked where one does not answer. */
import { request } from 'node:https'
import type { PeerCertificate } from 'node:tls'
import { Unreachable, UsageError, type Invocation } from '../command.ts'
import type { SourceFile } from '../sources.ts'
import { connectionOf, type Connection } from './connection.ts'

export interface Answer {
  readonly status: number
  /** JSON as it came; RFC 9457 where the status is 400 or more. */
  readonly body: unknown
}
export interface Question {
  readonly method?: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly query?: Readonly<Record<string, string | undefined>>
  /** Sent as JSON. */
  readonly body?: object
  readonly files?: readonly SourceFile[]
}

const SERVER = /^URI:spiffe:\/\/[^/]+\/ns\/meshmart-system\/sa\/control-plane$/
/** Longer than the longest wait for sidecars. */
const TIMEOUT_MS = 75_000
const FORBIDDEN = 403
const NOT_READY = 503

export class Client {
  readonly #connection: Connection

  constructor(invocation: Pick<Invocation, 'text'>) {
    this.#connection = connectionOf(invocation)
  }

  /** @throws Unreachable where no replica answers or is ready, UsageError where the token is not an operator's */
  async ask(question: Question): Promise<Answer> {
    const failures: string[] = []
    for (const url of this.#connection.urls) {
      try {
        const answer = await this.#send(url, question)
        if (answer.status === FORBIDDEN) throw new UsageError(`${url.host} does not let this token do that`)
        if (answer.status !== NOT_READY) return answer
        failures.push(`${url.host}: ${String((answer.body as { detail?: string }).detail ?? 'not ready')}`)
      } catch (error) {
        if (error instanceof UsageError) throw error
        failures.push(`${url.host}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    throw new Unreachable(`the control plane does not answer: ${failures.join('; ')}`)
  }

  #send(url: URL, { method = 'GET', path, query = {}, body, files }: Question): Promise<Answer> {
    const words = Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value] satisfies [string, string]],
    )
    const search = words.length === 0 ? '' : `?${String(new URLSearchParams(words))}`
    const sent = files ?? body
    const text = sent === undefined ? undefined : JSON.stringify(sent)
    const type = files === undefined ? 'application/json' : 'application/vnd.meshmart.files+json'
    return new Promise((resolve, reject) => {
      const outgoing = request({
        method,
        host: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port || 443,
        path: path + search,
        ca: this.#connection.roots.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [],
        checkServerIdentity,
        agent: false,
        timeout: TIMEOUT_MS,
        headers: {
          authorization: `Bearer ${this.#connection.token}`,
          ...(text !== undefined && { 'content-type': type, 'content-length': Buffer.byteLength(text) }),
        },
      })
      outgoing.once('error', reject)
      outgoing.once('timeout', () => outgoing.destroy(new Error(`no answer within ${TIMEOUT_MS / 1_000} s`)))
      outgoing.once('response', (response) => {
        let said = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (said += chunk))
        response.once('error', reject)
        response.once('end', () => {
          try {
            resolve({ status: response.statusCode ?? 0, body: JSON.parse(said) })
          } catch (error) {
            reject(error)
          }
        })
      })
      outgoing.end(text)
    })
  }
}

function checkServerIdentity(host: string, peer: PeerCertificate): Error | undefined {
  const names = (peer.subjectaltname ?? '').split(', ')
  return names.some((name) => SERVER.test(name)) ? undefined : new Error(`${host} is not the control plane`)
}
