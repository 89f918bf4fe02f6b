import type net from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { peekServerName, type Peeked } from './server-name.ts'
import { Loopback } from './testing/loopback.ts'

let loopback = new Loopback()
afterEach(() => {
  loopback.close()
  loopback = new Loopback()
})

/** What is found out about a caller that does `speak`. */
async function peekAt(speak: (caller: net.Socket) => void, timeoutMs: number): Promise<Peeked | null> {
  return new Promise((resolve) => {
    void loopback
      .serve((socket) => peekServerName(socket, Buffer.alloc(0), timeoutMs, resolve))
      .then((port) => speak(loopback.connect(port)))
  })
}

it('gives back what was said by who speaks no TLS, and routes it without a name', async () => {
  expect(await peekAt((caller) => void caller.write('EHLO x'), 5000)).toEqual({
    sni: null,
    rest: Buffer.from('EHLO x'),
  })
})

it('does not wait for ever for who says nothing, or half of it', async () => {
  expect(await peekAt(() => undefined, 50)).toEqual({ sni: null, rest: Buffer.alloc(0) })
  const half = Buffer.from([0x16, 3, 1])
  expect(await peekAt((caller) => void caller.write(half), 50)).toEqual({ sni: null, rest: half })
})

it('notices that the caller goes away', async () => {
  expect(await peekAt((caller) => void caller.end(), 5000)).toBeNull()
})
