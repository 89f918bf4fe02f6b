/** Looks at what is in no database: the streams by the control plane, as an operator; the demo's mailbox; the shop as everybody sees it. */
import { request } from 'node:https'
import {
  DeadLetterList,
  DiscardedList,
  EventLogPage,
  Health,
  MailboxIds,
  ProductPage,
  type DeadLetter,
  type LoggedEvent,
  type Product,
} from '@meshmart/contracts'
import type { Places } from './places.ts'
import { Unseen, type Outside, type PublicShop, type Streams } from './rule.ts'

const PAGE = 5_000
const MOST_LETTERS = 1_000
const TIMEOUT_MS = 20_000
const SERVER = /^URI:spiffe:\/\/[^/]+\/ns\/meshmart-system\/sa\/control-plane$/
/** Nobody may come in here without having signed in, and to some of them not even then. */
const DOORS = ['/api/v1/account', '/api/v1/account/export', '/api/v1/account/addresses', '/api/v1/admin/mails']

export function outsideOf({ controlPlane, mailbox, shop }: Places): Outside {
  const streams = controlPlane === null ? null : new StreamReader(controlPlane)
  return {
    streams: () => streams?.read() ?? unseen('the streams: the control plane and its operator’s token are needed'),
    mailbox: () => (mailbox === null ? unseen('the mailbox') : readMailbox(mailbox)),
    shop: () => (shop === null ? unseen('the shop’s public address') : readShop(shop)),
  }
}

const unseen = (what: string): Promise<never> => Promise.reject(new Unseen(what))

/** Remembers what it has read, but for the dead letters: the other streams only grow. */
class StreamReader {
  readonly #place: NonNullable<Places['controlPlane']>
  readonly #events = new Map<string, LoggedEvent>()
  readonly #discarded = new Set<string>()
  #after = 0
  #afterDiscarded = 0
  #oldest: LoggedEvent | undefined

  constructor(place: NonNullable<Places['controlPlane']>) {
    this.#place = place
  }

  async read(): Promise<Streams> {
    let page: EventLogPage
    do {
      page = EventLogPage.parse(await this.#ask(`/v1/events?after=${this.#after}&limit=${PAGE}`))
      for (const event of page.events) if (event.id !== null) this.#events.set(event.id, event)
      this.#oldest ??= page.events[0]
      this.#after = page.events.at(-1)?.sequence ?? this.#after
    } while (page.after !== null)
    // In this order: what is discarded meanwhile is in one of them at least.
    const givenUp = await this.#givenUp()
    await this.#readDiscarded()
    return {
      // A stream that begins with its first event has lost none.
      keptSince: page.lastSequence === 0 || page.firstSequence === 1 ? '-infinity' : (this.#oldest?.at ?? 'infinity'),
      events: this.#events,
      readers: page.readers,
      givenUp,
      discarded: this.#discarded,
    }
  }

  async #givenUp(): Promise<ReadonlySet<string>> {
    const all = new Set<string>()
    for (let after = 0; ;) {
      const page = DeadLetterList.parse(await this.#ask(`/v1/dead-letters?after=${after}&limit=${MOST_LETTERS}`))
      for (const letter of page.letters) all.add(nameOf(letter))
      if (page.letters.length < MOST_LETTERS) return all
      after = page.letters.at(-1)!.sequence
    }
  }

  async #readDiscarded(): Promise<void> {
    for (;;) {
      const path = `/v1/dead-letters/discarded?after=${this.#afterDiscarded}&limit=${MOST_LETTERS}`
      const { discarded } = DiscardedList.parse(await this.#ask(path))
      for (const { letter } of discarded) this.#discarded.add(nameOf(letter))
      this.#afterDiscarded = discarded.at(-1)?.sequence ?? this.#afterDiscarded
      if (discarded.length < MOST_LETTERS) return
    }
  }

  async #ask(path: string): Promise<unknown> {
    const failures: string[] = []
    for (const url of this.#place.urls) {
      try {
        return await askOperator(new URL(path, url), this.#place)
      } catch (error) {
        failures.push(`${url}: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    throw new Error(`the control plane does not answer: ${failures.join('; ')}`)
  }
}

const nameOf = ({ service, event, eventSequence }: DeadLetter): string =>
  `${service} ${idOf(event) ?? `unreadable ${eventSequence}`}`

const idOf = (event: unknown): string | null =>
  typeof event === 'object' && event !== null && 'id' in event ? String(event.id) : null

const askOperator = (
  url: URL,
  { roots, token }: { readonly roots: string; readonly token: string },
): Promise<unknown> =>
  new Promise((resolve, reject) => {
    const outgoing = request(url, {
      ca: roots,
      // A replica is known by its SPIFFE id and by no host name.
      checkServerIdentity: (_host, { subjectaltname = '' }) =>
        subjectaltname.split(', ').some((name) => SERVER.test(name))
          ? undefined
          : new Error('it is not the control plane'),
      agent: false,
      timeout: TIMEOUT_MS,
      headers: { authorization: `Bearer ${token}` },
    })
    outgoing.once('error', reject)
    outgoing.once('timeout', () => outgoing.destroy(new Error('no answer in time')))
    outgoing.once('response', (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.once('error', reject).once('end', () => {
        if (response.statusCode === 200) resolve(JSON.parse(text))
        else reject(new Error(`${url.pathname} answered ${response.statusCode}`))
      })
    })
    outgoing.end()
  })

async function readMailbox({ url, key }: NonNullable<Places['mailbox']>): Promise<MailboxIds> {
  return MailboxIds.parse(await jsonAt(`${url}/v1/message-ids`, { authorization: `Bearer ${key}` }))
}

async function readShop(url: string): Promise<PublicShop> {
  const products: Product[] = []
  let cursor: string | null = null
  do {
    const query: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const page: ProductPage = ProductPage.parse(await jsonAt(`${url}/api/v1/products?limit=100${query}`))
    products.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== null && products.length < MOST_PRODUCTS)
  const doors = new Map<string, number>()
  for (const path of DOORS) {
    const response = await fetch(url + path, { signal: AbortSignal.timeout(TIMEOUT_MS) })
    await response.body?.cancel()
    doors.set(path, response.status)
  }
  return { health: Health.parse(await jsonAt(`${url}/api/v1/health`)), products, doors }
}
/** Of a shop with a million of them some pages do. */
const MOST_PRODUCTS = 1_000

async function jsonAt(url: string, headers: Record<string, string> = {}): Promise<unknown> {
  const response = await fetch(url, { headers, signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  return response.json()
}
