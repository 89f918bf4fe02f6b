/** One request on a connection of its own: what the checks and the probes need, and no more. */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { readFileSync } from 'node:fs'
import type { Identity } from './subject.ts'

export interface Question {
  readonly port: number
  readonly path: string
  readonly method?: string
  readonly host?: string
  readonly body?: Buffer
  /** Over mutual TLS: null without a certificate of one's own. */
  readonly tls?: Identity | null
}
export interface Answer {
  readonly status: number
  readonly body: string
}

/** Rejects where the connection is refused or broken, or says nothing for 10 s. */
export function ask({ port, path, method = 'GET', host = 'bench', body, tls }: Question): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const common = { host: '127.0.0.1', port, path, method, agent: false, headers: { host }, timeout: 10_000 }
    const outgoing =
      tls === undefined
        ? httpRequest(common)
        : httpsRequest({
            ...common,
            // Who the server is, is not the question here.
            rejectUnauthorized: false,
            ...(tls === null
              ? {}
              : { key: readFileSync(tls.certificate.key), cert: readFileSync(tls.certificate.chain) }),
          })
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer within 10 s')))
    outgoing.once('error', reject)
    outgoing.once('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk)).once('error', reject)
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('latin1') }),
      )
    })
    outgoing.end(body)
  })
}
