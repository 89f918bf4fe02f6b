/** Requests that the sidecar makes itself, through the same stack as the application's: keys of an issuer, the word of an external authoriser. Never traced. */
import { Agent, fetch as undiciFetch } from 'undici'
import { newRequestId } from '../exchange.ts'
import { FieldLines } from '../http1/fields.ts'
import type { ResponseHead } from '../http1/heads.ts'
import type { AccessAnswer, CheckAccess } from '../inbound/external-authorization.ts'
import type { Answer, Stack } from '../stack.ts'
import { OutboundExchange, type ResponseSink } from './outbound-exchange.ts'
import { removeOwnFields } from './request-head.ts'

/** Nobody's keys and nobody's word are longer. */
const MAX_BODY_BYTES = 1024 * 1024

export class OwnRequests {
  readonly #stack: Stack<OutboundExchange>
  /** To issuers outside of the mesh. */
  readonly #outside = new Agent()

  constructor(stack: Stack<OutboundExchange>) {
    this.#stack = stack
  }

  /** `http:` goes through the mesh, `https:` to the world. Rejects with the reason where there is no answer of status 200 in time. */
  readonly fetchKeys = async (url: string, timeoutMs: number): Promise<string> => {
    const { protocol, host, pathname, search } = new URL(url)
    const signal = AbortSignal.timeout(timeoutMs)
    if (protocol === 'https:') {
      const response = await undiciFetch(url, { dispatcher: this.#outside, signal, redirect: 'error' })
      if (response.status !== 200) throw new Error(`${url} answered ${response.status}`)
      return response.text()
    }
    const { status, body } = await this.#send('GET', host, host, `${pathname}${search}`, [], signal)
    if (status !== 200) throw new Error(`${url} answered ${status}`)
    return body
  }

  readonly checkAccess: CheckAccess = ({ service, port }, { method, authority, target, headers }, signal) =>
    this.#send(method, `${service}:${port}`, authority, target, headers, signal)

  close(): Promise<void> {
    return this.#outside.destroy()
  }

  /** @param authority where it goes @param host what it says */
  #send(
    method: string,
    authority: string,
    host: string,
    target: string,
    headers: readonly (readonly [string, string])[],
    signal: AbortSignal,
  ): Promise<AccessAnswer> {
    return new Promise((resolve, reject) => {
      const fields = FieldLines.of(headers.flat())
      removeOwnFields(fields)
      const sink = new WholeAnswer(resolve, reject)
      const exchange = new OutboundExchange(method, target, authority, fields, null, sink, '')
      exchange.upstreamAuthority = host
      exchange.traced = false
      exchange.requestId = newRequestId()
      sink.exchange = exchange
      const giveUp = (): void => {
        exchange.cancel('no answer in time')
        reject(new Error('no answer in time'))
      }
      if (signal.aborted) giveUp()
      else {
        signal.addEventListener('abort', giveUp, { once: true })
        this.#stack.start(exchange)
      }
    })
  }
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
