/** A small real HTTP server in place of a neighbour. What a test does to a call (fail it, hold it, lose its answer) it does on the wire. */
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { describeProblem, type ProblemCode } from '@meshmart/contracts'

export interface Reply {
  readonly status: number
  readonly body: unknown
}
/** What a test may do to a call: before its effect, or between its effect and its answer. `drop` cuts the connection. */
export interface Meddling {
  before?: (call: string) => Promise<'drop' | void> | 'drop' | void
  after?: (call: string) => Promise<'drop' | void> | 'drop' | void
}

export const problem = (code: ProblemCode, errors: { field: string; code: string }[] = []): Reply => {
  const body = describeProblem(code, 'en', { errors: errors.map((error) => ({ ...error, message: error.code })) })
  return { status: body.status, body }
}

export abstract class StandIn {
  meddling: Meddling = {}
  /** Calls that changed something, in order: `reserve`, `void` … */
  readonly effects: { act: string; orderId: string }[] = []
  /** Bodies as they came, to look for what must not be there. */
  readonly received: string[] = []
  #server: http.Server | undefined
  url = ''

  protected abstract nameOf(method: string, path: string): string
  protected abstract answer(method: string, path: string, body: unknown, headers: http.IncomingHttpHeaders): Reply

  effectsOf(orderId: string): string[] {
    return this.effects.filter((effect) => effect.orderId === orderId).map(({ act }) => act)
  }

  async open(): Promise<this> {
    const server = http.createServer((request, response) => void this.#serve(request, response))
    this.#server = server
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return this
  }

  async close(): Promise<void> {
    this.#server?.closeAllConnections()
    await new Promise((resolve) => this.#server?.close(resolve))
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const text = Buffer.concat(chunks).toString()
    this.received.push(text)
    const call = this.nameOf(method, url)
    if ((await this.meddling.before?.(call)) === 'drop') return void request.socket.destroy()
    const { status, body } = this.answer(method, url, text === '' ? null : JSON.parse(text), headers)
    if ((await this.meddling.after?.(call)) === 'drop') return void request.socket.destroy()
    response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json' })
    response.end(JSON.stringify(body))
  }
}

/** Holds the first call of this name until it is let go. */
export function holdOnce(call: string): {
  hook: (seen: string) => Promise<void>
  reached: Promise<void>
  letGo: () => void
} {
  const reached = Promise.withResolvers<void>()
  const gate = Promise.withResolvers<void>()
  let held = false
  const hook = async (seen: string): Promise<void> => {
    if (seen !== call || held) return
    held = true
    reached.resolve()
    await gate.promise
  }
  return { hook, reached: reached.promise, letGo: () => gate.resolve() }
}
