/**
 * The property that keeps smuggling out: whatever the server side accepts and the client side sends on is read by Node's own parser, which is strict and not
 * ours, as exactly the same requests.
 */
import http from 'node:http'
import net from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BODIES, FIELDS, REQUEST_LINES } from './testing/fragments.ts'
import { forward } from './testing/fuzz.ts'
import { listen } from './testing/loopback.ts'
import { readRequests } from './testing/transcript.ts'

interface Seen {
  method: string
  target: string
  body: string
}

let port = 0
let close: () => Promise<void> = async () => {}
/** By the connection on which they came. */
const seenOn = new Map<number, Seen[]>()

beforeAll(async () => {
  const server = http.createServer(
    { insecureHTTPParser: false, requireHostHeader: true, keepAliveTimeout: 0 },
    (request, response) => {
      const seen: Seen = { method: request.method ?? '', target: request.url ?? '', body: '' }
      const all = seenOn.get(request.socket.remotePort ?? 0) ?? []
      seenOn.set(request.socket.remotePort ?? 0, all)
      all.push(seen)
      request.setEncoding('latin1')
      request.on('data', (chunk: string) => (seen.body += chunk))
      request.on('end', () => response.end())
    },
  )
  ;({ port, close } = await listen(server))
})
afterAll(() => close())

/** @returns what node sees of these bytes on one connection */
async function byNode(text: string): Promise<{ seen: Seen[]; answers: string[] }> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1' })
    let answers = ''
    let localPort = 0
    socket.on('connect', () => {
      localPort = socket.localPort ?? 0
      // The last request says close, so that node ends the connection when it has read all of it.
      socket.write(`${text}GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`, 'latin1')
    })
    socket.on('data', (data) => (answers += data.toString('latin1')))
    socket.on('error', reject)
    socket.on('close', () => {
      const seen = seenOn.get(localPort) ?? []
      seenOn.delete(localPort)
      resolve({ seen, answers: [...answers.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map((match) => match[1] ?? '') })
    })
  })
}

const piece = fc.constantFrom('\r', '\n', '\r\n', ' ', '\t', ':', ';', ',', '0', '\0', '\xff', '')
const mutation = fc.record({ at: fc.nat(), cut: fc.nat({ max: 2 }), piece })
const message = fc
  .tuple(
    fc.constantFrom(...REQUEST_LINES.filter((line) => !/^(?:CONNECT|TRACE)/.test(line))),
    fc.array(fc.constantFrom(...FIELDS.filter((field) => !/^(?:Upgrade|Expect)/.test(field))), { maxLength: 3 }),
    fc.constantFrom(...BODIES),
  )
  .map(([line, fields, body]) => `${line}Host: a.example\r\n${fields.join('')}\r\n${body}`)
const input = fc
  .tuple(fc.array(message, { minLength: 1, maxLength: 3 }), fc.array(mutation, { maxLength: 2 }))
  .map(([messages, mutations]) =>
    mutations.reduce((text, { at, cut, piece: inserted }) => {
      const place = at % (text.length + 1)
      return text.slice(0, place) + inserted + text.slice(place + cut)
    }, messages.join('')),
  )

describe('what is forwarded', () => {
  it('is framed by node’s parser exactly as by ours', async () => {
    let forwarded = 0
    await fc.assert(
      fc.asyncProperty(input, async (text) => {
        // Node knows no methods but those of its list.
        const requests = readRequests([Buffer.from(text, 'latin1')]).requests.filter(
          ({ whole, head }) =>
            whole && http.METHODS.includes(head.method) && head.method !== 'CONNECT' && head.upgrade === null,
        )
        const own: Seen[] = requests.map(({ head, body }) => ({ method: head.method, target: head.target, body }))
        forwarded += own.length
        const { seen, answers } = await byNode(requests.map(forward).join(''))
        expect(seen).toEqual([...own, { method: 'GET', target: '/last', body: '' }])
        expect(answers).toEqual(seen.map(() => '200'))
      }),
      { numRuns: 400 },
    )
    // The property says nothing where nothing is accepted.
    expect(forwarded).toBeGreaterThan(50)
  })
})
