/** The operator of the measured mesh: HTTPS with its token, over one connection, as `meshctl` would ask. */
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { join } from 'node:path'
import { ConfigurationChange } from '@meshmart/contracts'

export class Operator {
  readonly #port: number
  readonly #token: string
  readonly #agent: Agent

  constructor(secrets: string, port: number) {
    this.#port = port
    this.#token = readFileSync(join(secrets, 'tokens/meshmart-system.operator'), 'utf8').trim()
    const ca = readFileSync(join(secrets, 'public/root.pem'))
    this.#agent = new Agent({ ca, checkServerIdentity: () => undefined, keepAlive: true })
  }

  async isReady(): Promise<boolean> {
    const { status } = await this.#ask('GET', '/healthz/ready').catch(() => ({ status: 0 }))
    return status === 200
  }

  /** @param wait such as `5s`: until the sidecars have acknowledged it. @throws Error where it is refused */
  async apply(yaml: string, wait?: string): Promise<ConfigurationChange> {
    const path = `/v1/config/apply${wait === undefined ? '' : `?wait=${wait}`}`
    const { status, body } = await this.#ask('POST', path, yaml)
    if (status !== 200) throw new Error(`apply: ${status} ${body.slice(0, 1_000)}`)
    return ConfigurationChange.parse(JSON.parse(body))
  }

  #ask(method: string, path: string, yaml?: string): Promise<{ status: number; body: string }> {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      ...(yaml !== undefined && { 'content-type': 'application/yaml' }),
    }
    return new Promise((resolve, reject) => {
      const outgoing = request(
        { host: '127.0.0.1', port: this.#port, method, path, headers, agent: this.#agent },
        (response) => {
          let body = ''
          response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
          response.once('end', () => resolve({ status: response.statusCode ?? 0, body })).once('error', reject)
        },
      )
      outgoing.once('error', reject).end(yaml)
    })
  }
}
