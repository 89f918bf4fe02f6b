/** A request from outside: an outbound exchange whose answer is written to a browser. It may end in this very process, or at a peer in the mesh. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { OutboundExchange, type ResponseSink } from '../outbound/outbound-exchange.ts'
import { ReplayableBody } from '../outbound/replayable-body.ts'
import type { Span } from '../telemetry/tracer.ts'

export class IngressExchange extends OutboundExchange {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  span: Span | null = null
  /** The body is for the application in this process, which reads the request itself. */
  deliveredHere = false

  constructor(request: IncomingMessage, response: ServerResponse, fields: string[], sink: ResponseSink) {
    const length = request.headers['content-length']
    const hasBody = (length !== undefined && length !== '0') || request.headers['transfer-encoding'] !== undefined
    super({
      method: request.method ?? 'GET',
      target: request.url ?? '/',
      authority: request.headers.host ?? '',
      fields,
      body: hasBody ? new ReplayableBody(request.iterator({ destroyOnReturn: false })) : null,
      sink,
      context: null,
      traced: true,
    })
    this.request = request
    this.response = response
  }
}
