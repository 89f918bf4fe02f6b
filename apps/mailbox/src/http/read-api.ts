/** What was received, for whoever has the key: the back office by way of the gateway, and the auditor. Nothing can be changed here. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import type { MailboxDetail, MailboxEntry, MailboxPage } from '@meshmart/contracts'
import { type Log, wordsOf } from '@meshmart/contracts/log'
import { readMessage } from '../message/read-message.ts'
import type { Settings } from '../settings.ts'
import type { KeptMail, MailStore } from '../store/mail-store.ts'

const USUAL_LIMIT = 24
const LARGEST_LIMIT = 100

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Not listening yet. */
export function readApi(settings: Pick<Settings, 'apiKey' | 'tls'>, store: MailStore, log: Log): http.Server {
  const key = digest(settings.apiKey)
  const listener: http.RequestListener = (request, response) => {
    const isAllowed = timingSafeEqual(digest(bearerOf(request)), key)
    const answering = isAllowed ? answerTo(request, store) : Promise.resolve(problem(401, 'wrong-key', 'Wrong key'))
    void answering
      .catch((error: unknown): Answer => {
        log.write('error', 'a reader could not be answered', { error: wordsOf(error) })
        return problem(500, 'internal-error', 'The mailbox could not read what it keeps')
      })
      .then(({ status, body }) => {
        const type = status < 400 ? 'application/json' : 'application/problem+json'
        response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(JSON.stringify(body))
      })
  }
  const { tls } = settings
  if (tls === null) return http.createServer(listener)
  return https.createServer({ key: readFileSync(tls.keyFile), cert: readFileSync(tls.certFile) }, listener)
}

async function answerTo({ method, url = '' }: http.IncomingMessage, store: MailStore): Promise<Answer> {
  const { pathname, searchParams } = new URL(url, 'http://mailbox')
  if (method !== 'GET') return problem(405, 'method-not-allowed', 'Nothing can be changed here')
  const seq = /^\/v1\/mails\/(\d{1,15})$/.exec(pathname)?.[1]
  if (seq !== undefined) {
    const mail = await store.find(Number(seq))
    return mail === null
      ? problem(404, 'not-found', 'No such e-mail is kept')
      : { status: 200, body: detailOf(mail, store) }
  }
  if (pathname === '/v1/message-ids') return { status: 200, body: Object.fromEntries(store.copies()) }
  if (pathname !== '/v1/mails') return problem(404, 'not-found', 'There is nothing here')
  const limit = numberOf(searchParams.get('limit'), USUAL_LIMIT)
  const before = numberOf(searchParams.get('cursor'), Infinity)
  if (limit === null || before === null || limit < 1 || limit > LARGEST_LIMIT)
    return problem(400, 'invalid-request', `limit is 1 to ${LARGEST_LIMIT}, cursor the nextCursor of the page before`)
  const mails = await store.page(before, limit + 1)
  const items = mails.slice(0, limit)
  const body: MailboxPage = {
    items: items.map((mail) => entryOf(mail, store)),
    nextCursor: mails.length > limit ? String(items.at(-1)!.seq) : null,
  }
  return { status: 200, body }
}

function entryOf(mail: KeptMail, store: MailStore): MailboxEntry {
  const { seq, messageId, receivedAt, to } = mail
  const { from, subject } = readMessage(Buffer.from(mail.source, 'latin1'))
  return { id: seq, messageId, receivedAt, from, to: [...to], subject, copies: store.copiesOf(messageId) }
}

function detailOf(mail: KeptMail, store: MailStore): MailboxDetail {
  const source = Buffer.from(mail.source, 'latin1')
  return { ...entryOf(mail, store), text: readMessage(source).text, source: source.toString('utf8') }
}

/** Null for what is no number. */
const numberOf = (text: string | null, byDefault: number): number | null =>
  text === null ? byDefault : /^\d{1,15}$/.test(text) ? Number(text) : null

const bearerOf = ({ headers }: http.IncomingMessage): string =>
  /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1] ?? ''
/** Of one length whatever was sent. */
const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** RFC 9457, with a code of the shop's catalogue. */
const problem = (status: number, code: string, title: string): Answer => ({
  status,
  body: { type: 'about:blank', title, status, code },
})
