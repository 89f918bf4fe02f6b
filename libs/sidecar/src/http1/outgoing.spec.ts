/** Who holds bytes of others makes them take new memory: it is said only for as long as it is so. */
import { expect, it } from 'vitest'
import { MemorySocket } from './testing/memory-socket.ts'
import { Outgoing } from './outgoing.ts'

/** TLS, with a write under way for as long as a test wants. */
class SlowTls extends MemorySocket {
  readonly encrypted = true
  waiting = 0

  constructor() {
    super()
    Object.defineProperty(this, 'writableLength', { get: () => this.waiting })
  }
}

it('a chunk behind another one is held until both have gone, and the next one is not', () => {
  const socket = new SlowTls()
  const out = new Outgoing(socket, 65_536, () => undefined)
  out.write(Buffer.alloc(20_000))
  socket.waiting = 20_000
  // Taken by TLS, which has copied it.
  expect(out.holdsData).toBe(false)
  out.write(Buffer.alloc(20_000))
  socket.waiting = 40_000
  expect(out.holdsData).toBe(true)
  socket.waiting = 0
  out.write(Buffer.alloc(20_000))
  socket.waiting = 20_000
  expect(out.holdsData).toBe(false)
})

it('a large write to TLS is waited for, and its end is told though the socket’s own buffer was never full', () => {
  const told: boolean[] = []
  const socket = new (class extends SlowTls {
    over: (() => void) | undefined
    override write(chunk: Uint8Array, over?: unknown): boolean {
      this.over = typeof over === 'function' ? () => Reflect.apply(over, undefined, []) : undefined
      return super.write(chunk)
    }
  })()
  const out = new Outgoing(socket, 65_536, () => told.push(out.drained()))
  expect(out.write(Buffer.alloc(1000))).toBe(true)
  expect(out.write(Buffer.alloc(20_000))).toBe(false)
  socket.over?.()
  expect(told).toEqual([true])
  expect(out.write(Buffer.alloc(1000))).toBe(true)
})
