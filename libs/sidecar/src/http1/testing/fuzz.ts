/**
 * Random messages against the codec for as long as one likes: nothing may throw, any split must give the same result, what is accepted must be read the same
 * way by a second reader, and what is forwarded must be read by it as what came in.
 */
import { isDeepStrictEqual } from 'node:util'
import { BODIES, FIELDS, REQUEST_LINES, STATUS_LINES } from './fragments.ts'
import { readByReference } from './reference.ts'
import { readRequests, readResponse, split, type RequestTranscript } from './transcript.ts'

export interface FuzzOptions {
  readonly seed: number
  readonly milliseconds: number
}

/** What was wrong, with all that is needed to see it again. */
export class FuzzFailure extends Error {
  constructor(what: string, seed: number, number: number, input: string) {
    super(`${what}\nseed ${seed}, case ${number}\ninput ${JSON.stringify(input)}`)
    this.name = 'FuzzFailure'
  }
}

/** @throws FuzzFailure with the input and the seed; the same seed gives the same cases in the same order */
export function fuzzCodec({ seed, milliseconds }: FuzzOptions): { cases: number } {
  const random = generator(seed)
  const until = performance.now() + milliseconds
  let cases = 0
  while (performance.now() < until) {
    cases++
    const isRequest = random(3) > 0
    const text = isRequest ? messages(random, REQUEST_LINES) : messages(random, STATUS_LINES)
    const cuts = Array.from({ length: random(5) }, () => random(text.length + 1))
    let fault: string | null
    try {
      fault = isRequest ? requestFault(text, cuts) : responseFault(text, cuts)
    } catch (error) {
      fault = error instanceof Error ? `thrown: ${error.stack ?? error.message}` : String(error)
    }
    if (fault !== null) throw new FuzzFailure(fault, seed, cases, text)
  }
  return { cases }
}

/** @returns what is wrong, or null */
export function requestFault(text: string, cuts: readonly number[]): string | null {
  const bytes = Buffer.from(text, 'latin1')
  const whole = readRequests([bytes])
  for (const parts of [split(bytes, cuts), Array.from(bytes, (_, index) => bytes.subarray(index, index + 1))])
    if (!isDeepStrictEqual(summary(whole), summary(readRequests(parts)))) return 'a split changes the result'
  const seen = whole.requests.filter((request) => request.whole)
  const reference = readByReference(text)
  const own = seen.map(({ head, body }) => ({ method: head.method, target: head.target, body }))
  if (!isDeepStrictEqual(own, reference.requests)) return `another reading: ${JSON.stringify([own, reference])}`
  if (reference.refused && whole.refused === null) return 'accepted what the second reader refuses'
  const forwarded = seen.map(forward).join('')
  const again = readByReference(forwarded)
  const same = again.requests.map(({ method, target, body }) => ({ method, target, body }))
  return isDeepStrictEqual(own, same) ? null : `forwarded as something else: ${JSON.stringify(forwarded)}`
}

/** As the process placement sends it on. */
export function forward({ head, lines, body }: RequestTranscript['requests'][number]): string {
  const start = `${head.method} ${head.target} HTTP/1.1\r\n${head.host === '' && head.minor === 0 && !/^host:/im.test(lines) ? 'host: x\r\n' : ''}`
  // What follows on the connection is ours, not the client's: CONNECT and an empty host do not reach this far in the mesh.
  if (head.length !== -1) return `${start}${lines}\r\n${body}`
  const chunk = body === '' ? '' : `${Buffer.byteLength(body, 'latin1').toString(16)}\r\n${body}\r\n`
  return `${start}${lines}transfer-encoding: ${head.codings}chunked\r\n\r\n${chunk}0\r\n\r\n`
}

/** @returns what is wrong, or null */
export function responseFault(text: string, cuts: readonly number[]): string | null {
  const bytes = Buffer.from(text, 'latin1')
  const outcome = (parts: Buffer[]) => {
    const { call } = readResponse(parts)
    return [
      call.informational,
      call.head?.status,
      call.lines,
      call.body,
      call.trailers,
      call.ended,
      call.failure?.kind,
      call.failure?.reason,
    ]
  }
  const whole = outcome([bytes])
  return isDeepStrictEqual(whole, outcome(split(bytes, cuts))) ? null : 'a split changes the result'
}

function summary({ requests, refused, reason }: RequestTranscript): unknown {
  return [
    requests.map(({ head, lines, body, trailers, whole }) => [
      head.method,
      head.target,
      head.host,
      lines,
      body,
      trailers,
      whole,
    ]),
    refused,
    reason,
  ]
}

type Random = (below: number) => number

/** mulberry32. */
export function generator(seed: number): Random {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

function messages(random: Random, lines: readonly string[]): string {
  let text = ''
  for (let count = 1 + random(3); count > 0; count--) {
    text += pick(random, lines)
    // Mostly one valid Host, so that most cases come further than to its absence.
    if (random(4) > 0) text += 'Host: a.example\r\n'
    for (let fields = random(4); fields > 0; fields--) text += pick(random, FIELDS)
    text += '\r\n'
    text += pick(random, BODIES)
  }
  for (let mutations = random(3); mutations > 0; mutations--) text = mutate(random, text)
  return text
}

const INTERESTING = [
  '\r',
  '\n',
  '\r\n',
  '\0',
  ' ',
  '\t',
  ':',
  ';',
  ',',
  '0',
  '\x7f',
  '\xff',
  '"',
  '\\',
  '\x0b',
  '#',
  '%',
  '\xc3\xa9',
]

function mutate(random: Random, text: string): string {
  const at = random(text.length + 1)
  switch (random(4)) {
    case 0:
      return text.slice(0, at) + pick(random, INTERESTING) + text.slice(at)
    case 1:
      return text.slice(0, at) + text.slice(at + 1)
    case 2:
      return text.slice(0, at) + pick(random, INTERESTING) + text.slice(at + 1)
    default:
      return text.slice(0, at)
  }
}

function pick(random: Random, from: readonly string[]): string {
  return from[random(from.length)] ?? ''
}
