/** W3C's trace-context suite over a target: each request must arrive with one well-formed traceparent, and with what its case says. */
import { exchangeRaw } from '../raw-exchange.ts'
import type { Outcome, Target } from '../target.ts'
import { traceCases, type TraceCase, type TraceRequest } from './trace-context-cases.ts'

const ANSWER_MS = 3000
const TRACEPARENT = /^00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})$/
const MEMBER = /^([0-9a-z][_0-9a-z\-*/@]{0,255})=([\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e])$/
const RANDOM_FLAG = 2

interface Arrived {
  readonly traceId: string
  readonly spanId: string
  readonly flags: number
  readonly members: ReadonlyMap<string, string>
}

export async function traceContext(target: Target): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = []
  for (const it of traceCases) outcomes.push({ name: it.name, failure: await failureOf(it, target) })
  return outcomes
}

async function failureOf(it: TraceCase, target: Target): Promise<string | null> {
  const spans = new Set<string>()
  for (const request of it.requests) {
    target.forget()
    const lines = request.fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    const bytes = Buffer.from(`GET /trace HTTP/1.1\r\nHost: trace.test\r\n${lines}\r\n`)
    const { finalStatus } = await exchangeRaw(target, bytes, ANSWER_MS)
    if (finalStatus !== 200) return `answered ${finalStatus}`
    const arrived = arrivedAt(target)
    const failure = typeof arrived === 'string' ? arrived : compare(request, arrived)
    if (failure !== null) return `${JSON.stringify(request.fields)}: ${failure}`
    if (typeof arrived !== 'string') spans.add(arrived.spanId)
  }
  return it.distinctSpans === true && spans.size !== it.requests.length ? `${spans.size} different span ids` : null
}

function compare(wanted: TraceRequest, arrived: Arrived): string | null {
  const { traceId, spanId, flags, members } = arrived
  if (wanted.traceId !== undefined && traceId !== wanted.traceId) return `trace ${traceId}, wanted ${wanted.traceId}`
  if (wanted.notTraceIds?.includes(traceId) === true) return `trace ${traceId} was continued`
  if (spanId === wanted.notSpanId) return 'the span is that of the caller'
  if (wanted.randomFlag === true && (flags & RANDOM_FLAG) === 0) return 'the random flag is gone'
  const found = JSON.stringify([...members])
  for (const [key, ...values] of wanted.members ?? []) {
    if (!values.includes(members.get(key) ?? '')) return `tracestate ${found}, wanted ${key}=${values.join(' or ')}`
  }
  const order = (wanted.members ?? []).map(([key]) => [...members.keys()].indexOf(key))
  if (order.some((place, index) => index > 0 && place < (order[index - 1] ?? 0))) return `order ${found}`
  for (const key of wanted.absent ?? []) if (members.has(key)) return `tracestate ${found}, wanted no ${key}`
  if (wanted.memberCount !== undefined && members.size !== wanted.memberCount) return `${members.size} members`
  return null
}

function arrivedAt(target: Target): Arrived | string {
  const [request] = target.seen()
  if (request === undefined) return 'nothing arrived'
  const values = (wanted: string): string[] =>
    request.fields.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value)
  const [traceparent = '', ...more] = values('traceparent')
  const match = TRACEPARENT.exec(traceparent)
  if (more.length > 0 || match === null) return `traceparent ${JSON.stringify([traceparent, ...more])}`
  const members = new Map<string, string>()
  for (const text of values('tracestate').flatMap((value) => value.split(/[ \t]*,[ \t]*/))) {
    if (text === '') continue
    const [, key = '', value = ''] = MEMBER.exec(text) ?? []
    if (key === '') return `tracestate has the malformed member ${JSON.stringify(text)}`
    if (!members.has(key)) members.set(key, value)
  }
  return { traceId: match[1] ?? '', spanId: match[2] ?? '', flags: Number.parseInt(match[3] ?? '', 16), members }
}
