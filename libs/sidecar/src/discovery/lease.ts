/**
 * The lease: "I am here, at this address", said again before it runs out. Who dies without a word is forgotten after five seconds; who leaves in good order
 * deletes it. JetStream keeps the time (header Nats-TTL), and its expiry reaches the registry as a deletion.
 */
import { jetstream, type JetStreamClient } from '@nats-io/jetstream'
import { headers, type NatsConnection } from '@nats-io/transport-node'
import type { Endpoint } from '@meshmart/mesh-policy'
import { reasonOf, type SidecarLog } from '../log.ts'

const RENEW_MS = 1500
const TIME_TO_LIVE = '5s'
const PUBLISH_TIMEOUT_MS = 2000

export class Lease {
  readonly #client: JetStreamClient
  readonly #subject: string
  readonly #body: string
  readonly #log: SidecarLog
  #timer: NodeJS.Timeout | null = null
  #failing = false

  constructor(
    connection: NatsConnection,
    namespace: string,
    service: string,
    endpoint: Omit<Endpoint, 'identity'>,
    log: SidecarLog,
  ) {
    this.#client = jetstream(connection)
    this.#subject = `$KV.leases.${namespace}.${service}.${endpoint.instance}`
    this.#body = JSON.stringify(endpoint)
    this.#log = log
  }

  /** Registers now and renews from then on. Rejects where the first time fails. */
  async begin(): Promise<void> {
    await this.#publish()
    this.#timer = setInterval(() => void this.#renew(), RENEW_MS)
    this.#timer.unref()
  }

  /** Deletes it; where NATS does not answer within `limitMs` it runs out by itself. */
  async end(limitMs: number): Promise<void> {
    if (this.#timer === null) return
    this.stop()
    const operation = headers()
    operation.set('KV-Operation', 'DEL')
    try {
      await this.#client.publish(this.#subject, '', { headers: operation, timeout: limitMs })
    } catch (error) {
      this.#log.warn('registry: lease not deleted, it runs out by itself', { reason: reasonOf(error) })
    }
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
    this.#timer = null
  }

  async #renew(): Promise<void> {
    try {
      await this.#publish()
      if (this.#failing) this.#log.info('registry: lease renewed again')
      this.#failing = false
    } catch (error) {
      // Once per outage.
      if (!this.#failing) this.#log.warn('registry: lease not renewed, trying again', { reason: reasonOf(error) })
      this.#failing = true
    }
  }

  async #publish(): Promise<void> {
    await this.#client.publish(this.#subject, this.#body, { ttl: TIME_TO_LIVE, timeout: PUBLISH_TIMEOUT_MS })
  }
}
