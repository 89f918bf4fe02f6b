/**
 * Snapshots from the KV bucket `mesh`: one watch for each key that is needed, acknowledged once applied (docs/architecture.md, "Distribution"). A watch that
 * breaks is begun anew; until then everybody goes on with what was known.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { jetstream } from '@nats-io/jetstream'
import { Kvm, type KV } from '@nats-io/kv'
import type { NatsConnection } from '@nats-io/transport-node'
import { loadRegexEngine, needsRegexEngine } from '@meshmart/mesh-policy'
import * as z from 'zod'
import { reasonOf, type SidecarLog } from '../log.ts'
import { inboxPrefixOf } from './nats-connection.ts'
import type { DiscoverAnswer, SnapshotSource, Watch } from './snapshot-source.ts'

const DISCOVER_TIMEOUT_MS = 2000
const PAUSE_MS = 500

const discoverAnswer = z.discriminatedUnion('found', [
  z.object({ found: z.literal(true), host: z.string() }),
  z.object({ found: z.literal(false), reason: z.string() }),
])

export interface Workload {
  readonly namespace: string
  readonly workload: string
  readonly instance: string
}

export class NatsSnapshots implements SnapshotSource {
  readonly #connection: NatsConnection
  readonly #bucket: KV
  readonly #workload: Workload
  readonly #log: SidecarLog
  readonly #watches = new Set<KeyWatch>()
  /** What was said last, by key: said again where the control plane asks, because a replica that has just begun has not heard it. */
  readonly #said = new Map<string, string>()
  readonly #subject: string

  private constructor(connection: NatsConnection, bucket: KV, workload: Workload, log: SidecarLog) {
    this.#connection = connection
    this.#bucket = bucket
    this.#workload = workload
    this.#log = log
    this.#subject = `mesh.ack.${workload.namespace}.${workload.workload}.${workload.instance}`
    connection.subscribe('mesh.report', {
      callback: (error) => {
        if (error !== null) log.warn('discovery: not told when to report', { reason: reasonOf(error) })
        else for (const body of this.#said.values()) this.#publish(body)
      },
    })
  }

  /** @throws Error where JetStream is not there yet */
  static async open(connection: NatsConnection, workload: Workload, log: SidecarLog): Promise<NatsSnapshots> {
    // Watches take their inbox from here and not from the connection's prefix.
    const client = jetstream(connection, { watcherPrefix: inboxPrefixOf(workload.workload) })
    return new NatsSnapshots(connection, await new Kvm(client).open('mesh'), workload, log)
  }

  watch<T>(key: string, apply: (snapshot: T | null) => void): Watch {
    const watch = new KeyWatch(this.#bucket, key, this.#log, (text, revision) => {
      try {
        apply(text === null ? null : (JSON.parse(text) as T))
        if (text !== null) this.#acknowledge(key, revision, null)
      } catch (error) {
        this.#log.error('discovery: snapshot refused, the last good one stays', {
          key,
          revision,
          reason: reasonOf(error),
        })
        this.#acknowledge(key, revision, reasonOf(error))
      }
    })
    this.#watches.add(watch)
    return {
      stop: () => {
        this.#watches.delete(watch)
        this.#said.delete(key)
        watch.stop()
      },
    }
  }

  async discover(host: string): Promise<DiscoverAnswer> {
    const answer = await this.#connection.request(
      `mesh.discover.${this.#workload.namespace}`,
      JSON.stringify({ host }),
      {
        timeout: DISCOVER_TIMEOUT_MS,
      },
    )
    return discoverAnswer.parse(answer.json())
  }

  stop(): void {
    for (const watch of this.#watches) watch.stop()
    this.#watches.clear()
  }

  #acknowledge(key: string, revision: number, refusal: string | null): void {
    const body = { key, revision, accepted: refusal === null, ...(refusal === null ? {} : { reason: refusal }) }
    this.#said.set(key, JSON.stringify(body))
    this.#publish(JSON.stringify(body))
  }

  #publish(body: string): void {
    if (!this.#connection.isClosed()) this.#connection.publish(this.#subject, body)
  }
}

class KeyWatch {
  readonly #abort = new AbortController()
  #iterator: { stop(): void } | null = null
  #revision = 0

  constructor(bucket: KV, key: string, log: SidecarLog, on: (text: string | null, revision: number) => void) {
    void this.#run(bucket, key, log, on)
  }

  stop(): void {
    this.#abort.abort()
    this.#iterator?.stop()
  }

  async #run(
    bucket: KV,
    key: string,
    log: SidecarLog,
    on: (text: string | null, revision: number) => void,
  ): Promise<void> {
    while (!this.#abort.signal.aborted) {
      try {
        const entries = await bucket.watch({ key })
        this.#iterator = entries
        if (this.#abort.signal.aborted) entries.stop()
        for await (const entry of entries) {
          if (this.#abort.signal.aborted) break
          // A watch that was begun anew says again what is known already.
          if (entry.revision === this.#revision) continue
          const text = entry.operation === 'PUT' ? entry.string() : null
          // Here and not in `on`: the next value of this key waits, so that values are applied in the order in which they came.
          if (text !== null && needsRegexEngine(text)) {
            await loadRegexEngine()
            if (this.#abort.signal.aborted) break
          }
          this.#revision = entry.revision
          on(text, entry.revision)
        }
      } catch (error) {
        if (!this.#abort.signal.aborted)
          log.warn('discovery: watch broken, beginning anew', { key, reason: reasonOf(error) })
      }
      await pause(PAUSE_MS, undefined, { signal: this.#abort.signal, ref: false }).catch(() => undefined)
    }
  }
}
