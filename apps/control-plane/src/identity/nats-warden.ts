/**
 * Keeps denied identities out of NATS. A certificate that was issued stays good until it ends, and NATS never looks at it again once a connection is open; so
 * whoever is denied is disconnected, at once and again each time that it comes back. It speaks with NATS's system account under an identity of its own, which
 * no join token stands for and which may do nothing else.
 */
import { formatSpiffeId } from '@meshmart/mesh-policy'
import type { NatsConnection } from '@nats-io/transport-node'
import type { Logger } from 'pino'
import { z } from 'zod'
import { connectToNats } from '../distribution/connection.ts'
import type { Denials } from './denials.ts'
import type { OwnIdentity } from './own-identity.ts'

/** Service account of its identity, and its user in infra/nats/authorization.conf. */
export const WARDEN = 'nats-warden'

/** All of the mesh's users are in NATS's global account. */
const CONNECTED = '$SYS.ACCOUNT.$G.CONNECT'
const CONNECTIONS = '$SYS.REQ.SERVER.PING.CONNZ'
/** Servers of a cluster answer one by one. */
const ANSWERS_MS = 500
const MANY = 10_000
const KICK_MS = 2_000

const Connected = z.object({
  server: z.object({ id: z.string() }),
  client: z.object({ id: z.number(), user: z.string().default('') }),
})
const Connections = z.object({
  server: z.object({ id: z.string() }),
  data: z.object({ connections: z.array(z.object({ cid: z.number() })) }),
})

export interface WardenParts {
  readonly url: string
  readonly own: OwnIdentity
  readonly trustDomain: string
  readonly denials: Denials
  readonly log: Logger
}

export class NatsWarden {
  readonly #nc: NatsConnection
  readonly #denials: Denials
  readonly #log: Logger
  /** Who was denied when connections were looked through last. */
  #known = new Set<string>()

  private constructor(nc: NatsConnection, denials: Denials, log: Logger) {
    this.#nc = nc
    this.#denials = denials
    this.#log = log
  }

  /** Connects, for as long as that takes, and looks after who comes from then on. */
  static async start({ url, own, trustDomain, denials, log }: WardenParts): Promise<NatsWarden> {
    const server = formatSpiffeId({ trustDomain, namespace: 'meshmart-system', account: 'nats' })
    const warden = new NatsWarden(await connectToNats(url, own, server, WARDEN), denials, log)
    warden.#nc.subscribe(CONNECTED, {
      callback: (error, message) => {
        const look = error === null ? warden.#lookAt(message.json()) : Promise.reject(error)
        look.catch((reason: unknown) => log.warn({ err: reason }, 'a new connection to NATS could not be looked at'))
      },
    })
    warden.look()
    void warden.#followConnection()
    return warden
  }

  /** Somebody may be denied who was not: looks through all connections of whoever that is. */
  look(): void {
    const denied = this.#denials.all.map(({ identity }) => identity)
    const news = denied.filter((identity) => !this.#known.has(identity))
    this.#known = new Set(denied)
    for (const identity of news) {
      this.#disconnectAll(identity).catch((error: unknown) => {
        this.#known.delete(identity)
        this.#log.warn({ err: error, identity }, 'connections of a denied identity could not be looked for')
      })
    }
  }

  stop(): Promise<void> {
    return this.#nc.close()
  }

  /** Whoever has connected while nobody looked is looked for. */
  async #followConnection(): Promise<void> {
    for await (const { type } of this.#nc.status()) {
      if (type !== 'reconnect') continue
      this.#known.clear()
      this.look()
    }
  }

  async #lookAt(event: unknown): Promise<void> {
    const { server, client } = Connected.parse(event)
    if (this.#known.has(client.user)) await this.#disconnect(server.id, client.id, client.user)
  }

  async #disconnectAll(identity: string): Promise<void> {
    const question = JSON.stringify({ auth: true, user: identity, limit: MANY })
    const answers = await this.#nc.requestMany(CONNECTIONS, question, { strategy: 'timer', maxWait: ANSWERS_MS })
    for await (const answer of answers) {
      const { server, data } = Connections.parse(answer.json())
      for (const { cid } of data.connections) await this.#disconnect(server.id, cid, identity)
    }
  }

  /** Asked and not only said: NATS does not hear what wants no answer. */
  async #disconnect(server: string, client: number, identity: string): Promise<void> {
    this.#log.warn({ identity, client }, 'denied identity disconnected from NATS')
    await this.#nc.request(`$SYS.REQ.SERVER.${server}.KICK`, JSON.stringify({ cid: client }), { timeout: KICK_MS })
  }
}
