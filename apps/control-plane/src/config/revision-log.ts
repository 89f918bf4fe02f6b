/**
 * Where applied configuration is kept: the stream `CONFIG`, one message for each revision with everything that was in force then. One message is all
 * or nothing by itself; the server takes it only if the one before is the last one, so that of two replicas that write at once one is refused.
 */
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { constants, gunzipSync, gzip } from 'node:zlib'
import { ConfigurationRevision, ResourceDocument } from '@meshmart/contracts'
import { DeliverPolicy, jetstreamManager, type JsMsg } from '@nats-io/jetstream'
import { headers, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node'
import { z } from 'zod'
import { CONFIG_STREAM, CONFIG_SUBJECT, isWrongSequence, type Storage } from '../distribution/storage.ts'
import { NOTHING_APPLIED, type AppliedState, type Change } from './applied.ts'
import { nameOfDocument } from './documents.ts'

const HEADER = 'Mesh-Change'
const NAMED = 50
/** Below NATS's `max_payload`, with room for headers. */
const LARGEST_BYTES = 1_000_000

/** Its revision is the number of its message. `id`: by it a write without an answer is known again. */
const KeptRevision = ConfigurationRevision.omit({ revision: true }).extend({ id: z.string() })
type KeptRevision = z.infer<typeof KeptRevision>
type Revision = KeptRevision & Pick<ConfigurationRevision, 'revision'>
export type Author = Pick<ConfigurationRevision, 'at' | 'by' | 'action' | 'note'>

/** Somebody else was faster. */
export class RevisionConflict extends Error {}
/** The stream has not taken it, and nothing was changed; `message` says why. */
export class NotStored extends Error {}

const Kept = z.array(ResourceDocument)
const compress = promisify(gzip)

export class RevisionLog {
  readonly #nc: NatsConnection
  readonly #storage: Storage
  readonly #changed: (state: AppliedState) => void
  readonly #texts = new WeakMap<ResourceDocument, string>()
  #state = NOTHING_APPLIED
  #stop: () => void = () => undefined

  private constructor(nc: NatsConnection, storage: Storage, changed: (state: AppliedState) => void) {
    this.#nc = nc
    this.#storage = storage
    this.#changed = changed
  }

  /** Reads the last revision and follows. @param changed hears of each that comes later, whoever has made it */
  static async open(
    nc: NatsConnection,
    storage: Storage,
    changed: (state: AppliedState) => void,
  ): Promise<RevisionLog> {
    const log = new RevisionLog(nc, storage, changed)
    await log.#catchUp()
    await log.#follow()
    return log
  }

  get state(): AppliedState {
    return this.#state
  }

  stop(): void {
    this.#stop()
  }

  /** Stores the next state. @throws RevisionConflict, NotStored */
  async append(next: AppliedState, author: Author, changes: readonly Change[]): Promise<void> {
    const count = (kind: Change['change']): number => changes.filter(({ change }) => change === kind).length
    const id = randomUUID()
    const info = {
      ...author,
      id,
      created: count('created'),
      changed: count('changed'),
      removed: count('removed'),
      resources: changes.slice(0, NAMED).map(({ resource }) => resource),
    }
    const text = `[${[...next.documents.values()].map((document) => this.#textOf(document)).join(',')}]`
    // Quickly, and while others are served: of a large mesh it is a megabyte, and sidecars wait for what comes after it.
    const body = await compress(text, { level: constants.Z_BEST_SPEED })
    if (body.length > LARGEST_BYTES) {
      throw new NotStored(
        `all resources together are ${body.length} bytes after compression; at most ${LARGEST_BYTES} are kept`,
      )
    }
    const head = headers()
    head.set(HEADER, ascii(JSON.stringify(info)))
    try {
      const expect = { lastSequence: next.revision - 1 }
      await this.#storage.js.publish(CONFIG_SUBJECT, body, { headers: head, expect, timeout: 5_000 })
    } catch (error) {
      if (isWrongSequence(error)) {
        await this.#catchUp()
        throw new RevisionConflict(`revision ${this.#state.revision} is in force by now`, { cause: error })
      }
      // Without an answer it may be there all the same.
      if (!(await this.#isLast(id))) throw new NotStored((error as Error).message, { cause: error })
    }
    this.#take(next)
  }

  /** What was in force then; null where it is not kept (any longer). */
  async read(revision: number): Promise<AppliedState | null> {
    if (revision === 0) return NOTHING_APPLIED
    const { streams } = await jetstreamManager(this.#nc)
    const message = await streams.getMessage(CONFIG_STREAM, { seq: revision })
    return message === null ? null : this.#stateOf(revision, message.data)
  }

  /** The newest first. */
  async history(limit: number): Promise<Revision[]> {
    const { streams } = await jetstreamManager(this.#nc)
    const { first_seq: first, last_seq: last, messages } = (await streams.info(CONFIG_STREAM)).state
    if (messages === 0) return []
    const consumer = await this.#storage.js.consumers.get(CONFIG_STREAM, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: Math.max(first, last - limit + 1),
      headers_only: true,
    })
    const found: Revision[] = []
    const fetched = await consumer.fetch({ max_messages: limit, expires: 2_000 })
    for await (const message of fetched) {
      found.push({ ...infoOf(message.headers), revision: message.seq })
      if (message.seq >= last) break
    }
    await consumer.delete()
    return found.toReversed()
  }

  async #follow(): Promise<void> {
    const consumer = await this.#storage.js.consumers.getPushConsumer(CONFIG_STREAM, {
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#state.revision + 1,
    })
    const messages = await consumer.consume({
      callback: (message: JsMsg) => {
        // What was written here is known already, and is not read again.
        if (message.seq > this.#state.revision) this.#take(this.#stateOf(message.seq, message.data))
      },
    })
    this.#stop = () => messages.stop()
  }

  async #catchUp(): Promise<void> {
    const { streams } = await jetstreamManager(this.#nc)
    const message = await streams.getMessage(CONFIG_STREAM, { last_by_subj: CONFIG_SUBJECT })
    if (message !== null) this.#take(this.#stateOf(message.seq, message.data))
  }

  /** A document that did not change stays the same object, so that whoever has made something of it finds it again. */
  #stateOf(revision: number, data: Uint8Array): AppliedState {
    const documents = Kept.parse(JSON.parse(gunzipSync(data).toString())).map((document) => {
      const name = nameOfDocument(document)
      const known = this.#state.documents.get(name)
      const same = known?.metadata.resourceVersion === document.metadata.resourceVersion
      return [name, same && known !== undefined ? known : document] as const
    })
    return { revision, documents: new Map(documents) }
  }

  /** Most documents are the same objects from one revision to the next. */
  #textOf(document: ResourceDocument): string {
    const known = this.#texts.get(document)
    if (known !== undefined) return known
    const text = JSON.stringify(document)
    this.#texts.set(document, text)
    return text
  }

  async #isLast(id: string): Promise<boolean> {
    try {
      const [last] = await this.history(1)
      return last?.id === id
    } catch {
      // NATS is away: nobody can tell, and the caller is told that it was not stored as far as we know.
      return false
    }
  }

  #take(state: AppliedState): void {
    if (state.revision <= this.#state.revision) return
    this.#state = state
    this.#changed(state)
  }
}

const infoOf = (head: MsgHdrs | undefined): KeptRevision => KeptRevision.parse(JSON.parse(head?.get(HEADER) ?? 'null'))

/** A header of NATS is a line of ASCII. */
const ascii = (json: string): string =>
  json.replaceAll(/[^\x20-\x7e]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`)
