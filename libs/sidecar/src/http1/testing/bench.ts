/**
 * How long a head and a chunk take: `node --conditions=@meshmart/source libs/sidecar/src/http1/testing/bench.ts`. Prints the best of some rounds, because on a
 * shared core the others measure the neighbours.
 */
import { ChunkedDecoder } from '../chunked.ts'
import { parseRequestHead, parseResponseHead } from '../heads.ts'
import { DEFAULT_LIMITS } from '../limits.ts'
import { readRequests } from './transcript.ts'

const ROUNDS = 15

const REQUEST = Buffer.from(
  [
    'GET /catalogue/products?page=2&size=24&sort=price HTTP/1.1',
    'Host: shop.example.com',
    'Connection: keep-alive',
    'sec-ch-ua: "Chromium";v="130", "Google Chrome";v="130"',
    'User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36',
    'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8',
    'Sec-Fetch-Site: same-origin',
    'Sec-Fetch-Mode: navigate',
    'Referer: https://shop.example.com/catalogue',
    'Accept-Encoding: gzip, deflate, br, zstd',
    'Accept-Language: de-DE,de;q=0.9,en;q=0.8',
    'Cookie: session=0123456789abcdef0123456789abcdef; theme=dark',
    'traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '',
    '',
  ].join('\r\n'),
)
const RESPONSE = Buffer.from(
  [
    'HTTP/1.1 200 OK',
    'server: nginx',
    'date: Sun, 22 Nov 2026 20:00:00 GMT',
    'content-type: application/json; charset=utf-8',
    'content-length: 200',
    'connection: keep-alive',
    'etag: W/"c8-abcdef"',
    '',
    '',
  ].join('\r\n'),
)

/** @returns nanoseconds per call, of the best round */
function best(calls: number, work: () => number): number {
  let least = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    let sum = 0
    const begin = process.hrtime.bigint()
    for (let call = 0; call < calls; call++) sum += work()
    const took = Number(process.hrtime.bigint() - begin) / calls
    if (sum > 0 && took < least) least = took
  }
  return least
}

const nanoseconds = (what: string, value: number): void => console.log(`${what.padEnd(60)} ${value.toFixed(0)} ns`)

nanoseconds(
  'request head, 12 fields: parsed and checked',
  best(50_000, () => parseRequestHead(REQUEST, 0, DEFAULT_LIMITS)!.end),
)
nanoseconds(
  'the same, 3 fields looked up, 2 set, written',
  best(50_000, () => {
    const { fields } = parseRequestHead(REQUEST, 0, DEFAULT_LIMITS)!.head!
    const found =
      fields.get('traceparent')!.length + fields.get('user-agent')!.length + (fields.get('authorization')?.length ?? 0)
    fields.set('x-request-id', '0af7651916cd43dd8448eb211c80319c')
    fields.set('traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01')
    return found + fields.write().length
  }),
)
nanoseconds(
  'response head, 6 fields: parsed and written',
  best(50_000, () => parseResponseHead(RESPONSE, 0, DEFAULT_LIMITS, 'GET')!.head!.fields.write().length),
)
const parts = [REQUEST]
nanoseconds(
  'connection opened, one request answered, closed (no kernel)',
  best(3_000, () => readRequests(parts).requests.length),
)

for (const size of [200, 16_384]) {
  const chunk = `${size.toString(16)}\r\n${'x'.repeat(size)}\r\n`
  const coded = Buffer.from(chunk.repeat(64) + '0\r\n\r\n')
  const decoder = new ChunkedDecoder(DEFAULT_LIMITS)
  const sink = { onPayload: () => true }
  const took = best(2_000, () => {
    decoder.reset()
    return decoder.decode(coded, 0, sink)
  })
  const perChunk = (took / 64).toFixed(0)
  console.log(`chunks of ${size} B: ${(((coded.length / took) * 1e9) / 2 ** 30).toFixed(1)} GiB/s, ${perChunk} ns each`)
}
