import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describeProblem } from '@meshmart/contracts'
import { afterEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ServiceClient } from './service-client.ts'

let server: Server | undefined
afterEach(() => server?.closeAllConnections())
afterEach(() => server?.close())

async function clientOf(listener: RequestListener): Promise<ServiceClient> {
  const started = (server = createServer(listener))
  await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve))
  return new ServiceClient(`http://127.0.0.1:${(started.address() as AddressInfo).port}`)
}
const answer = z.object({ n: z.int() })

describe('ServiceClient', () => {
  it('sends JSON and headers and gives back what the schema allows', async () => {
    const client = await clientOf((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => (body += chunk.toString()))
      request.on('end', () => {
        expect([request.method, request.url, request.headers['idempotency-key'], body]).toEqual([
          'POST',
          '/v1/x?a=1',
          'k',
          '{"q":2}',
        ])
        response.setHeader('content-type', 'application/json').end('{"n":1,"more":2}')
      })
    })
    expect(
      await client.request('POST', '/v1/x?a=1', { answer, body: { q: 2 }, headers: { 'idempotency-key': 'k' } }),
    ).toEqual({ n: 1 })
  })

  it.each([
    ['7', 7_000],
    ['soon', null],
    [undefined, null],
  ])('tells of Retry-After: %s', async (said, retryAfterMs) => {
    const client = await clientOf((_request, response) => {
      if (said !== undefined) response.setHeader('retry-after', said)
      response.end('{"n":1}')
    })
    expect(await client.ask('GET', '/', { answer })).toEqual({ body: { n: 1 }, retryAfterMs })
  })

  it.each([
    [
      'its own problem',
      409,
      JSON.stringify(
        describeProblem('sold-out', 'en', { errors: [{ field: 'lines.0', code: 'sold-out', message: 'm' }] }),
      ),
      'sold-out',
    ],
    [
      'a problem that is not in the catalogue',
      418,
      '{"type":"x","title":"t","status":418,"code":"teapot"}',
      'upstream-unavailable',
    ],
    ['a proxy’s plain 503', 503, 'no healthy upstream', 'upstream-unavailable'],
    ['a proxy’s plain 504', 504, 'timeout', 'deadline-exceeded'],
    ['an answer against the contract', 200, '{"n":"one"}', 'upstream-unavailable'],
    ['an answer that is no JSON', 200, 'hello', 'upstream-unavailable'],
  ])('turns %s into a problem', async (_what, status, body, code) => {
    const client = await clientOf((_request, response) => response.writeHead(status).end(body))
    await expect(client.request('GET', '/', { answer })).rejects.toMatchObject({ code })
  })

  it('keeps when the other service may be asked again', async () => {
    const client = await clientOf((_request, response) =>
      response.writeHead(429, { 'retry-after': '3' }).end(JSON.stringify(describeProblem('too-busy', 'en'))),
    )
    const refused = { code: 'too-busy', retryAfterMs: 3_000 }
    await expect(client.request('POST', '/', { answer })).rejects.toMatchObject(refused)
  })

  it('keeps the field errors of the other service', async () => {
    const problem = describeProblem('sold-out', 'en', {
      errors: [{ field: 'lines.0', code: 'sold-out', message: 'm' }],
    })
    const client = await clientOf((_request, response) => response.writeHead(409).end(JSON.stringify(problem)))
    await expect(client.request('GET', '/', { answer })).rejects.toMatchObject({
      errors: [{ field: 'lines.0', code: 'sold-out' }],
    })
  })

  it('says deadline-exceeded where it takes too long, and upstream-unavailable where nobody listens', async () => {
    const client = await clientOf(() => undefined)
    await expect(client.request('GET', '/', { answer, timeoutMs: 50 })).rejects.toMatchObject({
      code: 'deadline-exceeded',
    })
    await expect(new ServiceClient('http://127.0.0.1:1').request('GET', '/', { answer })).rejects.toMatchObject({
      code: 'upstream-unavailable',
    })
  })
})
