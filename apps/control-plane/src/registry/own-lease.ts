/** The control plane is a service of its own mesh: sidecars send traces to it like to any other host. */
import type { JetStreamClient } from '@nats-io/jetstream'
import { headers } from '@nats-io/transport-node'
import type { Endpoint } from '@meshmart/mesh-policy'
import type { Logger } from 'pino'
import type { LeaseKey } from './lease.ts'

export const LEASE_TTL_SECONDS = 5
const RENEWAL_MS = 1_500

export class OwnLease {
  readonly #js: JetStreamClient
  readonly #subject: string
  readonly #value: string
  readonly #log: Logger
  #timer: NodeJS.Timeout | undefined

  constructor(js: JetStreamClient, key: LeaseKey, endpoint: Omit<Endpoint, 'identity'>, log: Logger) {
    this.#js = js
    this.#subject = `$KV.leases.${key.namespace}.${key.service}.${key.instance}`
    this.#value = JSON.stringify(endpoint)
    this.#log = log
  }

  async open(): Promise<void> {
    await this.#write()
    this.#timer = setInterval(() => {
      this.#write().catch((error: unknown) => this.#log.warn({ err: error }, 'own lease could not be renewed'))
    }, RENEWAL_MS)
  }

  async close(): Promise<void> {
    clearInterval(this.#timer)
    const deletion = headers()
    deletion.set('KV-Operation', 'DEL')
    await this.#js.publish(this.#subject, '', { headers: deletion, timeout: 500 })
  }

  async #write(): Promise<void> {
    await this.#js.publish(this.#subject, this.#value, { ttl: `${LEASE_TTL_SECONDS}s`, timeout: 1_000 })
  }
}
