/** Writes a mesh response to a browser, with back-pressure from the slowest reader to the service. */
import type { ServerResponse } from 'node:http'
import { forOutside } from '../answers.ts'
import type { FieldLines } from '../http1/fields.ts'
import type { ResponseHead } from '../http1/heads.ts'
import { writeAnswer } from '../inbound/write-answer.ts'
import type { ResponseSink } from '../outbound/outbound-exchange.ts'
import { readerLanguage } from '../problem-catalogue.ts'
import type { Answer } from '../stack.ts'
import type { IngressExchange } from './ingress-exchange.ts'

/** Names of replicas are nobody's business outside. */
const INTERNAL_RESPONSE_FIELDS: readonly string[] = ['x-mesh-instance']
const EARLY_HINTS = 103

export class BrowserSink implements ResponseSink {
  exchange: IngressExchange | null = null
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  informational(head: ResponseHead): void {
    const links = head.fields.all('link')
    if (head.status === EARLY_HINTS && links.length > 0 && !this.#response.headersSent)
      this.#response.writeEarlyHints({ link: links })
  }

  start(response: ResponseHead): void {
    if (this.#response.destroyed) return
    for (const name of INTERNAL_RESPONSE_FIELDS) response.fields.remove(name)
    const flat: string[] = []
    response.fields.forEach((name, value) => flat.push(name, value))
    this.#response.writeHead(response.status, response.reason, flat)
    // Events must not wait for the first bytes of a body that may come minutes later.
    this.#response.flushHeaders()
  }

  data(chunk: Buffer): boolean {
    if (this.#response.write(chunk)) return true
    this.#response.once('drain', () => this.exchange?.attempt?.resume())
    return false
  }

  /** Whoever reads it keeps it as long as it likes. */
  holdsData(): boolean {
    return true
  }
  end(trailers: FieldLines | null): void {
    if (trailers !== null && this.#response.chunkedEncoding) {
      const flat: [string, string][] = []
      trailers.forEach((name, value) => flat.push([name, value]))
      this.#response.addTrailers(flat)
    }
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
