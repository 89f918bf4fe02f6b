import { expect, it } from 'vitest'
import { REPLAY_LIMIT, ReplayableBody } from './replayable-body.ts'

async function readAll(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of body) text += Buffer.from(chunk).toString()
  return text
}

it('gives the same bytes to each try', async () => {
  const body = new ReplayableBody(['one ', Buffer.from('two')])
  expect(await readAll(body.open())).toBe('one two')
  expect(await readAll(body.open())).toBe('one two')
  expect(body.bytes).toBe(7)
})

it('goes on from where a try was given up, also while that try still waits for a chunk', async () => {
  let release: (text: string) => void = () => undefined
  async function* source() {
    yield 'first '
    yield await new Promise<string>((resolve) => (release = resolve))
  }
  const body = new ReplayableBody(source())
  const given = body.open()
  await given.next()
  const pending = given.next()
  const again = readAll(body.open())
  await new Promise((resolve) => setImmediate(resolve))
  release('second')
  expect(await again).toBe('first second')
  expect((await pending).done).toBe(false)
})

it('cannot be repeated beyond the limit, but still streams to its end', async () => {
  const chunk = 'x'.repeat(REPLAY_LIMIT / 2)
  const body = new ReplayableBody([chunk, chunk, chunk])
  expect((await readAll(body.open())).length).toBe(chunk.length * 3)
  expect(body.replayable).toBe(false)
  await expect(readAll(body.open())).rejects.toThrow('longer than what is kept')
})

it('passes on the failure of its source and cannot be repeated then', async () => {
  async function* source() {
    yield 'some'
    throw new Error('the disk is gone')
  }
  const body = new ReplayableBody(source())
  await expect(readAll(body.open())).rejects.toThrow('the disk is gone')
  expect(body.replayable).toBe(false)
})

it('tells its source when nobody reads on', async () => {
  let stopped = false
  async function* source() {
    try {
      yield 'one'
      yield 'two'
    } finally {
      stopped = true
    }
  }
  const body = new ReplayableBody(source())
  await body.open().next()
  body.cancel()
  await new Promise((resolve) => setImmediate(resolve))
  expect(stopped).toBe(true)
})
