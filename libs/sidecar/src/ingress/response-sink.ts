/** Writes a mesh response to a browser: end-to-end fields only, and back-pressure from the slowest reader to the service. */
import type { ServerResponse } from 'node:http'
import { forOutside } from '../answers.ts'
import type { UpstreamResponse } from '../outbound/attempt.ts'
import type { ResponseSink } from '../outbound/outbound-exchange.ts'
import { endToEndFields, filterFields } from '../outbound/request-fields.ts'
import { writeAnswer } from '../inbound/inbound-exchange.ts'
import { readerLanguage } from '../problem-catalogue.ts'
import type { Answer } from '../stack.ts'
import type { IngressExchange } from './ingress-exchange.ts'

/** Names of replicas are nobody's business outside. */
const INTERNAL_RESPONSE_FIELDS: ReadonlySet<string> = new Set(['x-mesh-instance'])

export class BrowserSink implements ResponseSink {
  exchange: IngressExchange | null = null
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  start(response: UpstreamResponse): void {
    const raw = Array.isArray(response.rawHeaders)
      ? response.rawHeaders.map((part) => part.toString('latin1'))
      : Object.entries(response.headers).flat().map(String)
    const lower = raw.map((part, index) => (index % 2 === 0 ? part.toLowerCase() : part))
    const fields = filterFields(endToEndFields(lower), (name) => !INTERNAL_RESPONSE_FIELDS.has(name))
    if (this.#response.destroyed) return
    this.#response.writeHead(response.status, response.statusMessage, fields)
    // Events must not wait for the first bytes of a body that may come minutes later.
    this.#response.flushHeaders()
  }

  data(chunk: Buffer): boolean {
    if (this.#response.write(chunk)) return true
    this.#response.once('drain', () => this.exchange?.attempt?.resume())
    return false
  }

  end(): void {
    this.#response.end()
  }

  answer(answer: Answer): void {
    if (this.exchange === null) return
    const { request, trace } = this.exchange
    const said = forOutside(answer, readerLanguage(request.headers['accept-language']), trace?.traceId ?? null)
    writeAnswer(request, this.#response, said)
  }

  fail(): void {
    // The head is out: cutting the connection is the only way left to say that the rest will not come.
    this.#response.destroy()
  }
}
