/**
 * What a route changes about answers, for those that the application in this very process writes to node's response itself: done at the moment when the head
 * leaves, because only then it is known what there is to change.
 */
import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http'
import { applyOperations, corsResponseFields, type FieldTarget } from '@meshmart/mesh-policy'
import type { IngressExchange } from './ingress-exchange.ts'

type HeadFields = OutgoingHttpHeaders | OutgoingHttpHeader[]

export function changeResponseOnItsWay(exchange: IngressExchange): void {
  const { response, destination, prepared } = exchange
  const operations = destination?.response ?? null
  const cors = prepared?.cors ?? null
  if (operations === null && cors === null) return
  const writeHead = response.writeHead.bind(response)
  const target = new NodeResponseFields(response)
  response.writeHead = (status: number, reason?: string | HeadFields, fields?: HeadFields): ServerResponse => {
    setAll(response, typeof reason === 'string' ? fields : reason)
    if (operations !== null) applyOperations(operations, target, exchange)
    if (cors !== null) corsResponseFields(cors, exchange.header('origin'), target)
    return typeof reason === 'string' ? writeHead(status, reason) : writeHead(status)
  }
}

class NodeResponseFields implements FieldTarget {
  readonly #response: ServerResponse

  constructor(response: ServerResponse) {
    this.#response = response
  }

  setHeader(name: string, value: string): void {
    this.#response.setHeader(name, value)
  }
  addHeader(name: string, value: string): void {
    this.#response.appendHeader(name, value)
  }
  removeHeader(name: string): void {
    this.#response.removeHeader(name)
  }
}

function setAll(response: ServerResponse, fields: HeadFields | undefined): void {
  if (fields === undefined) return
  if (!Array.isArray(fields)) {
    for (const [name, value] of Object.entries(fields)) if (value !== undefined) response.setHeader(name, value)
    return
  }
  const seen = new Set<string>()
  for (let index = 0; index + 1 < fields.length; index += 2) {
    const name = String(fields[index])
    const value = fields[index + 1]
    if (value === undefined) continue
    if (seen.has(name.toLowerCase())) response.appendHeader(name, Array.isArray(value) ? value : String(value))
    else response.setHeader(name, value)
    seen.add(name.toLowerCase())
  }
}
