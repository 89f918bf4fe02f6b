import type { NestFastifyApplication } from '@nestjs/platform-fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NotesModule, notesMigrations } from '../testing/notes-service.ts'
import { createTestApplication } from '../testing/test-application.ts'
import { createTestDatabase, type TestDatabase } from '../testing/test-database.ts'
import { startTestNats, type TestNats } from '../testing/test-nats.ts'

let database: TestDatabase
let nats: TestNats
let app: NestFastifyApplication
const lines: string[] = []

beforeAll(async () => {
  database = await createTestDatabase({ service: 'notes', migrations: notesMigrations })
  nats = await startTestNats()
  app = await createTestApplication({
    module: NotesModule,
    settings: { MESH_WORKLOAD: 'notes', DATABASE_URL: database.url, DATABASE_POOL_SIZE: 4 },
    nats: nats.connection,
    logLines: (line) => lines.push(line),
  })
})
afterAll(async () => {
  await app?.close()
  await nats?.stop()
  await database?.drop()
})

const json = { 'content-type': 'application/json', 'idempotency-key': 'key-12345678' }
const post = (payload: string | Buffer, headers: Record<string, string> = json) =>
  app.inject({ method: 'POST', url: '/v1/notes', headers, payload })

describe('answers of a service', () => {
  it('serves a good request, with defaults and coerced queries', async () => {
    const answer = await app.inject({ url: '/v1/notes?limit=3' })
    expect(answer.json()).toEqual({ limit: 3, items: [] })
    expect((await post('{"text":"abc"}')).json()).toEqual({ body: { text: 'abc' }, key: 'key-12345678' })
  })

  it('names each wrong field with a code of its own', async () => {
    const answer = await post('{"tags":["a","c"],"sum":3,"more":1}')
    expect(answer.statusCode).toBe(400)
    expect(answer.headers['content-type']).toContain('application/problem+json')
    expect(answer.json()).toMatchObject({ code: 'invalid-request', type: '/problems/invalid-request', status: 400 })
    expect(answer.json().errors.map((e: { field: string; code: string }) => [e.field, e.code])).toEqual([
      ['text', 'required'],
      ['tags.1', 'choice'],
      ['sum', 'card-number'],
      ['more', 'unknown'],
    ])
  })

  it.each([
    ['{"text":1}', 'type'],
    ['{"text":"a"}', 'too-small'],
    ['{"text":"aaaaaaaaaaaa"}', 'too-big'],
  ])('tells what is wrong with %s', async (payload, code) => {
    expect((await post(payload)).json().errors).toMatchObject([{ field: 'text', code }])
  })

  it('takes no side where a name comes twice', async () => {
    const answer = await post('{"text":"abc","tags":[],"text":"xyz"}')
    expect([answer.statusCode, answer.json().errors]).toMatchObject([400, [{ field: 'text', code: 'repeated' }]])
  })

  it('names a body that is wrong as a whole', async () => {
    expect((await post('"text"')).json().errors).toMatchObject([{ field: 'body', code: 'type' }])
  })

  it('speaks the reader’s language', async () => {
    const answer = await post('{}', { ...json, 'accept-language': 'zh-CN,en;q=0.5' })
    expect(answer.headers['content-language']).toBe('zh-CN')
    expect(answer.headers).toMatchObject({ vary: 'accept-language', 'cache-control': 'no-store' })
    expect(answer.json().errors).toEqual([{ field: 'text', code: 'required', message: '缺失' }])
  })

  it.each([
    ['broken JSON', () => post('{"a'), 400, 'invalid-json'],
    ['no body', () => post(''), 400, 'invalid-json'],
    ['a __proto__ key', () => post('{"__proto__":{}}'), 400, 'invalid-json'],
    ['a body that is not UTF-8', () => post(Buffer.from('{"text":"a\xff\xfeb"}', 'latin1')), 400, 'invalid-json'],
    ['a body that is no object', () => post('[]'), 400, 'invalid-request'],
    [
      'another content type',
      () => post('a=b', { ...json, 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'unsupported-media-type',
    ],
    ['a body that is too large', () => post(JSON.stringify({ text: 'x'.repeat(70_000) })), 413, 'body-too-large'],
    ['an unknown path', () => app.inject({ url: '/nowhere' }), 404, 'not-found'],
    ['a path that cannot be decoded', () => app.inject({ url: '/v1/notes/%zz' }), 404, 'not-found'],
    ['an id of the wrong form', () => app.inject({ url: '/v1/notes/abc' }), 404, 'not-found'],
    ['a refusal', () => app.inject({ url: '/v1/notes/6b8b4567-327b-4c69-a43c-98696b8b4567' }), 409, 'wrong-state'],
    [
      'no idempotency key',
      () => post('{"text":"abc"}', { 'content-type': 'application/json' }),
      400,
      'invalid-request',
    ],
  ])('answers %s', async (_what, ask, status, code) => {
    const answer = await ask()
    expect([answer.statusCode, answer.json().code]).toEqual([status, code])
    expect(answer.headers['content-type']).toContain('application/problem+json')
  })

  it('answers a wrong method with 405 and what is allowed', async () => {
    const answer = await app.inject({ method: 'DELETE', url: '/v1/notes' })
    expect([answer.statusCode, answer.json().code, answer.headers['allow']]).toEqual([
      405,
      'method-not-allowed',
      'GET, HEAD, POST',
    ])
  })

  it('says nothing of what broke inside, but logs it', async () => {
    const answer = await app.inject({ url: '/v1/notes/0b8b4567-327b-4c69-a43c-98696b8b4567' })
    expect([answer.statusCode, answer.json().code]).toEqual([500, 'internal-error'])
    expect(answer.body).not.toContain('hunter2')
    expect(lines.some((line) => line.includes('hunter2') && line.includes('"level":"error"'))).toBe(true)
  })
})

it('answers 503 while the database does not answer, and says so in a line without a stack', async () => {
  const said: string[] = []
  const alone = await createTestApplication({
    module: NotesModule,
    settings: { MESH_WORKLOAD: 'notes', DATABASE_URL: 'postgres://notes_app@127.0.0.1:1/notes', DATABASE_POOL_SIZE: 1 },
    nats: nats.connection,
    logLines: (line) => said.push(line),
  })
  const answer = await alone.inject({ url: '/v1/notes' })
  expect([answer.statusCode, answer.json().code]).toEqual([503, 'upstream-unavailable'])
  const failed = said.map((line) => JSON.parse(line)).find(({ message }) => message === 'GET /v1/notes failed')
  expect(failed).toMatchObject({ level: 'warn', reasons: [expect.stringContaining('ECONNREFUSED')] })
  expect(JSON.stringify(failed)).not.toContain('    at ')
  await alone.close()
})
