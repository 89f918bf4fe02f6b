import { describe, expect, it } from 'vitest'
import type { FieldLines } from '../http1/fields.ts'
import { IterableSource } from './iterable-source.ts'
import { REPLAY_LIMIT, ReplayableBody, wholeBody, type BodyConsumer, type RequestBody } from './request-body.ts'

class Try implements BodyConsumer {
  readonly chunks: string[] = []
  ended = false
  failure: string | null = null
  /** Chunks until it wants no more. */
  room = Infinity
  begin(body: RequestBody): this {
    const first = body.feed(this)
    if (first !== null) this.chunks.push(first.toString())
    body.resume()
    return this
  }
  onBody(chunk: Buffer): boolean {
    this.chunks.push(chunk.toString())
    return --this.room > 0
  }
  holdsBody(): boolean {
    return false
  }
  onBodyEnd(_trailers: FieldLines | null): void {
    this.ended = true
  }
  onBodyFailure(error: Error): void {
    this.failure = error.message
  }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a request body that is pushed', () => {
  it('is sent again from its first byte, and goes on where the source stands', () => {
    const body = new ReplayableBody(-1, null)
    body.push(Buffer.from('a'))
    const first = new Try().begin(body)
    body.push(Buffer.from('b'))
    body.release(first)
    body.push(Buffer.from('c'))
    const second = new Try().begin(body)
    body.push(Buffer.from('d'))
    body.finish(null)
    expect(first).toMatchObject({ chunks: ['a', 'b'], ended: false })
    expect(second).toMatchObject({ chunks: ['abc', 'd'], ended: true })
  })

  it('is not replayable beyond the limit, and is kept no longer', () => {
    const body = new ReplayableBody(-1, null)
    new Try().begin(body)
    body.push(Buffer.alloc(REPLAY_LIMIT))
    expect(body.replayable).toBe(true)
    body.push(Buffer.from('x'))
    expect(body.replayable).toBe(false)
  })

  it('pauses its source while nobody takes it', () => {
    const body = new ReplayableBody(-1, null)
    expect(body.push(Buffer.alloc(REPLAY_LIMIT))).toBe(true)
    expect(body.push(Buffer.from('x'))).toBe(false)
    expect(new Try().begin(body).chunks[0]?.length).toBe(REPLAY_LIMIT + 1)
  })

  it.each([
    ['longer', ['four', 'more']],
    ['shorter', ['ab']],
  ])('fails where it is %s than its Content-Length', (word, chunks) => {
    const body = new ReplayableBody(4, null)
    const attempt = new Try().begin(body)
    for (const chunk of chunks) body.push(Buffer.from(chunk))
    body.finish(null)
    expect(attempt.failure).toBe(`the request body is ${word} than its Content-Length`)
    expect(body.replayable).toBe(false)
  })

  it('tells whoever wants all of it, once', () => {
    const told: (string | null)[] = []
    const tell = (bytes: Buffer | null): void => void told.push(bytes?.toString() ?? null)
    const body = new ReplayableBody(-1, null)
    body.whole(tell)
    body.push(Buffer.from('all'))
    body.finish(null)
    body.cancel()
    wholeBody(Buffer.from('at once')).whole(tell)
    const cut = new ReplayableBody(-1, null)
    cut.whole(tell)
    cut.cancel()
    expect(told).toEqual(['all', 'at once', null])
  })
})

describe('the body of fetch', () => {
  it('is read at the pace of whoever takes it, and not before', async () => {
    let pulled = 0
    const source = new IterableSource(
      (function* () {
        for (; pulled < 10; pulled++) yield `${pulled}`
      })(),
      -1,
    )
    await settled()
    expect(pulled).toBe(0)
    const attempt = new Try()
    attempt.room = 3
    attempt.begin(source.body)
    await settled()
    expect(attempt.chunks).toEqual(['0', '1', '2'])
    attempt.room = Infinity
    source.body.resume()
    await settled()
    expect(attempt).toMatchObject({ ended: true, chunks: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'] })
  })

  it('takes bytes of every kind, and fails with what its source throws', async () => {
    const mixed = new Try().begin(
      new IterableSource([new Uint8Array([65]), 'b', new Uint8Array([67]).buffer, Buffer.from('d')], 4).body,
    )
    const broken = new Try().begin(
      new IterableSource(
        (async function* () {
          yield 'x'
          await settled()
          throw new Error('torn')
        })(),
        -1,
      ).body,
    )
    const strange = new Try().begin(new IterableSource([1], -1).body)
    await settled()
    await settled()
    expect(mixed).toMatchObject({ chunks: ['A', 'b', 'C', 'd'], ended: true })
    expect(broken.failure).toBe('torn')
    expect(strange.failure).toContain('bytes or strings')
  })

  it('tells its source when nobody reads on', async () => {
    let ended = false
    const source = new IterableSource(
      (function* () {
        try {
          for (;;) yield 'x'
        } finally {
          ended = true
        }
      })(),
      -1,
    )
    const attempt = new Try()
    attempt.room = 1
    attempt.begin(source.body)
    await settled()
    source.body.cancel()
    await settled()
    expect(ended).toBe(true)
  })
})
