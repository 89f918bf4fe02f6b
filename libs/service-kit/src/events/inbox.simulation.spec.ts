/**
 * The inbox through thousands of interleavings: two replicas that are killed anywhere, a stream that delivers again what was not acknowledged, in any order, and a
 * database that is up or not. The real Inbox; the database is a model of what it relies on: transactions that commit whole, and one row for each event.
 */
import { randomUUID } from 'node:crypto'
import type { JsMsg } from '@nats-io/jetstream'
import { describe, expect, it } from 'vitest'
import type { Database, Transaction } from '../database/database.ts'
import { systemClock } from '../clock.ts'
import { Log } from '../log/log.ts'
import { type Actor, Interleaving } from '../testing/interleaving.ts'
import type { Bury } from './dead-letters.ts'
import { Inbox } from './inbox.ts'

const RUNS = 10_000
const log = new Log({ level: 'error', service: 'test', instance: 'test', destination: { write: () => undefined } })

interface Message {
  readonly id: string
  readonly text: string
  deliveries: number
  /** Nobody gets it before. */
  notBefore: number
  over: 'acknowledged' | 'given-up' | null
}

/** What is committed: the rows of the inbox, and how often the handler took effect. */
interface Committed {
  readonly rows: Set<string>
  readonly effects: Map<string, number>
}

/** Wrong on purpose: the row and the effect do not commit together. */
interface Wrong {
  readonly torn?: boolean
}

/** A transaction keeps its writes to itself until it commits; a second one for the same row waits for the first. */
class ModelDatabase {
  readonly committed: Committed = { rows: new Set(), effects: new Map() }
  readonly #locks = new Map<string, Actor>()
  constructor(
    private readonly interleaving: Interleaving,
    private readonly faults: { failing: number },
    private readonly wrong: Wrong,
  ) {}

  for(actor: Actor): Database {
    const model = {
      transaction: async <T>(work: (tx: Transaction) => Promise<T>): Promise<T> => {
        const written: string[] = []
        const counted: string[] = []
        const tx = {
          execute: async (text: TemplateStringsArray, ...values: unknown[]): Promise<number> => {
            await this.interleaving.point(actor)
            if (this.interleaving.random() < this.faults.failing) throw new Error('the database is away')
            const id = String(values[0])
            if (!text[0]!.includes('INSERT INTO "inbox"')) return counted.push(id)
            while (this.#heldByOther(id, actor)) await this.interleaving.point(actor)
            if (this.committed.rows.has(id)) return 0
            this.#locks.set(id, actor)
            written.push(id)
            if (this.wrong.torn === true) this.committed.rows.add(id)
            return 1
          },
        }
        try {
          const result = await work(tx as unknown as Transaction)
          await this.interleaving.point(actor)
          // The commit is one instant; its answer may still be lost with the process.
          for (const id of written) this.committed.rows.add(id)
          for (const id of counted) this.committed.effects.set(id, (this.committed.effects.get(id) ?? 0) + 1)
          await this.interleaving.point(actor)
          return result
        } finally {
          for (const id of written) this.#locks.delete(id)
        }
      },
    }
    return model as unknown as Database
  }

  /** What a killed process held, the server has let go. */
  #heldByOther(id: string, actor: Actor): boolean {
    const holder = this.#locks.get(id)
    return holder !== undefined && holder !== actor && holder.alive
  }
}

interface Run {
  readonly violations: readonly string[]
  readonly effects: number
  readonly deaths: number
}

async function simulate(seed: number, wrong: Wrong = {}): Promise<Run> {
  const interleaving = new Interleaving(seed)
  const { random } = interleaving
  const faults = { failing: random() < 0.5 ? random() * 0.2 : 0 }
  const database = new ModelDatabase(interleaving, faults, wrong)
  const messages = Array.from({ length: 3 }, (): Message => {
    const id = randomUUID()
    const data = { sku: 'MUG-DAWN', available: 1, change: 1, cause: 'test' }
    const event = { id, type: 'stock.changed', version: 1, source: 'test', subject: 'MUG', traceparent: null, data }
    const text = JSON.stringify({ ...event, time: '2026-11-29T12:00:00Z' })
    return { id, text, deliveries: 0, notBefore: 0, over: null }
  })
  // The publisher may have published one twice: another message, the same event.
  const stream = random() < 0.5 ? [...messages, { ...messages[0]! }] : messages

  const buried = new Set<string>()
  const bury =
    (actor: Actor, { id }: Message): Bury =>
    async () => {
      await interleaving.point(actor)
      if (random() < faults.failing) throw new Error('the stream is away')
      buried.add(id)
      await interleaving.point(actor)
    }
  let deaths = 0
  const startReplica = (name: string): void => {
    const replica = async (actor: Actor): Promise<void> => {
      const inbox = new Inbox(database.for(actor), systemClock, log)
      inbox.on('stock.changed', async (tx, { id }) => {
        await tx.execute`UPDATE effect ${id}`
      })
      for (;;) {
        await interleaving.point(actor)
        const due = stream.filter(({ over, notBefore }) => over === null && notBefore <= interleaving.now)
        const message = due[Math.floor(random() * due.length)]
        if (message !== undefined) await inbox.receive(delivery(interleaving, actor, message), bury(actor, message))
      }
    }
    interleaving.spawn(name, replica, () => {
      deaths++
      startReplica(name)
    })
  }
  for (const name of ['one', 'two']) startReplica(name)
  interleaving.deadliness = random() < 0.8 ? random() * 0.1 : 0
  let steps = 0
  await interleaving.run(() => steps++ > 100)
  interleaving.deadliness = faults.failing = 0
  await interleaving.run(() => stream.every(({ over }) => over !== null))

  const effectsOf = (id: string): number => database.committed.effects.get(id) ?? 0
  // What failed too often lies among the dead letters: then, and only then, its effect may be missing.
  const violations = messages
    .filter(({ id, over }) => effectsOf(id) !== 1 && !(effectsOf(id) === 0 && over === 'given-up' && buried.has(id)))
    .map(({ id, over }) => `${over} with ${effectsOf(id)} effects`)
  return { violations, effects: messages.reduce((sum, { id }) => sum + effectsOf(id), 0), deaths }
}

function delivery(interleaving: Interleaving, actor: Actor, message: Message): JsMsg {
  message.deliveries++
  // It comes again by itself where nobody says anything about it, even while somebody is still at it.
  message.notBefore = interleaving.now + 500
  const unlessDead = (act: () => void) => () => (actor.alive ? act() : undefined)
  const partial = {
    info: { deliveryCount: message.deliveries },
    subject: 'events.stock.changed',
    seq: 1,
    json: () => JSON.parse(message.text) as unknown,
    ack: unlessDead(() => (message.over = 'acknowledged')),
    nak: (ms: number) => unlessDead(() => (message.notBefore = interleaving.now + ms))(),
    term: unlessDead(() => (message.over = 'given-up')),
  }
  return partial as unknown as JsMsg
}

describe('the inbox', () => {
  it(`has each event's effect once in ${RUNS} interleavings`, { timeout: 120_000 }, async () => {
    let effects = 0
    let deaths = 0
    for (let seed = 1; seed <= RUNS; seed++) {
      const run = await simulate(seed)
      expect(run.violations, `seed ${seed}`).toEqual([])
      effects += run.effects
      deaths += run.deaths
    }
    // Giving up is the exception, and replicas did die.
    expect(effects).toBeGreaterThan(RUNS * 3 * 0.95)
    expect(deaths).toBeGreaterThan(RUNS)
  })

  it('would find a row that is there without its effect', async () => {
    const found: string[] = []
    for (let seed = 1; seed <= 2_000 && found.length === 0; seed++)
      found.push(...(await simulate(seed, { torn: true })).violations)
    expect(found).not.toEqual([])
  })
})
