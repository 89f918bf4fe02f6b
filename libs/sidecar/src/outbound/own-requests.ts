/** Requests that the sidecar makes itself, through the same stack as the application's: keys of an issuer, the word of an external authoriser. Never traced. */
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { newRequestId } from '../exchange.ts'
import { FieldLines } from '../http1/fields.ts'
import type { ResponseHead } from '../http1/heads.ts'
import type { AccessAnswer, CheckAccess } from '../inbound/external-authorization.ts'
import type { Answer, Stack } from '../stack.ts'
import type { DeliverSpans } from '../telemetry/span-export.ts'
import { OutboundExchange, type ResponseSink } from './outbound-exchange.ts'
import { wholeBody } from './request-body.ts'
import { removeOwnFields } from './request-head.ts'

/** Nobody's keys and nobody's word are longer. */
const MAX_BODY_BYTES = 1024 * 1024

export class OwnRequests {
  readonly #stack: Stack<OutboundExchange>

  readonly #closing = new AbortController()

  constructor(stack: Stack<OutboundExchange>) {
    this.#stack = stack
  }

  /** What is still under way is given up. */
  close(): void {
    this.#closing.abort()
  }

  /** `http:` goes through the mesh, `https:` to the world. Rejects with the reason where there is no answer of status 200 in time. */
  readonly fetchKeys = async (url: string, timeoutMs: number): Promise<string> => {
    const { protocol, host, pathname, search } = new URL(url)
    const signal = AbortSignal.timeout(timeoutMs)
    if (protocol === 'https:') return fetchOutside(url, signal)
    const { status, body } = await this.#send('GET', host, host, `${pathname}${search}`, [], null, signal)
    if (status !== 200) throw new Error(`${url} answered ${status}`)
    return body
  }

  readonly checkAccess: CheckAccess = ({ service, port }, { method, authority, target, headers }, signal) =>
    this.#send(method, `${service}:${port}`, authority, target, headers, null, signal)

  /** See `DeliverSpans`. */
  readonly post: DeliverSpans = async (url, headers, body, signal) => {
    const { host, pathname, search } = new URL(url)
    const bytes = Buffer.from(body)
    const all = [...headers, ['content-length', String(bytes.length)] as const]
    const { status } = await this.#send('POST', host, host, `${pathname}${search}`, all, bytes, signal)
    return status
  }

  /** @param authority where it goes @param host what it says */
  #send(
    method: string,
    authority: string,
    host: string,
    target: string,
    headers: readonly (readonly [string, string])[],
    body: Buffer | null,
    signal: AbortSignal,
  ): Promise<AccessAnswer> {
    const over = AbortSignal.any([signal, this.#closing.signal])
    return new Promise((resolve, reject) => {
      const fields = FieldLines.of(headers.flat())
      removeOwnFields(fields)
      const sink = new WholeAnswer(resolve, reject)
      const exchange = new OutboundExchange(
        method,
        target,
        authority,
        fields,
        body === null ? null : wholeBody(body),
        sink,
        '',
      )
      exchange.upstreamAuthority = host
      exchange.traced = false
      exchange.requestId = newRequestId()
      sink.exchange = exchange
      const giveUp = (): void => {
        exchange.cancel('no answer in time')
        reject(new Error('no answer in time'))
      }
      if (over.aborted) giveUp()
      else {
        over.addEventListener('abort', giveUp, { once: true })
        this.#stack.start(exchange)
      }
    })
  }
}

/** An issuer outside of the mesh; a redirect is not followed. */
function fetchOutside(url: string, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = https.get(url, { signal, headers: { accept: 'application/json' } }, (response) => {
      if (response.statusCode !== 200) {
        response.resume()
        reject(new Error(`${url} answered ${response.statusCode}`))
        return
      }
      let bytes = 0
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > MAX_BODY_BYTES) response.destroy(new Error(`the answer is longer than ${MAX_BODY_BYTES} bytes`))
      })
      text(response).then(resolve, reject)
    })
    request.once('error', reject)
  })
}

class WholeAnswer implements ResponseSink {
  exchange: OutboundExchange | null = null
  readonly #resolve: (answer: AccessAnswer) => void
  readonly #reject: (error: Error) => void
  #head: ResponseHead | null = null
  readonly #chunks: Buffer[] = []
  #bytes = 0

  constructor(resolve: (answer: AccessAnswer) => void, reject: (error: Error) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  informational(): void {}
  start(response: ResponseHead): void {
    this.#head = response
  }
  data(chunk: Buffer): boolean {
    this.#bytes += chunk.length
    if (this.#bytes <= MAX_BODY_BYTES) this.#chunks.push(chunk)
    else {
      this.exchange?.cancel('its answer is too long')
      this.#reject(new Error(`the answer is longer than ${MAX_BODY_BYTES} bytes`))
    }
    return true
  }
  holdsData(): boolean {
    return true
  }
  end(): void {
    const headers: [string, string][] = []
    this.#head?.fields.forEach((name, value) => headers.push([name.toLowerCase(), value]))
    this.#resolve({ status: this.#head?.status ?? 0, headers, body: Buffer.concat(this.#chunks).toString() })
  }
  answer(answer: Answer): void {
    this.#reject(new Error(answer.reason))
  }
  fail(error: Error): void {
    this.#reject(error)
  }
}
