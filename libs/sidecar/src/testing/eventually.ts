/** Waits for something that comes by itself: asks again until it is there, and then says what was still missing. */
import { setTimeout as pause } from 'node:timers/promises'

export async function eventually<T>(look: () => T | Promise<T>, limitMs = 10_000): Promise<T> {
  const end = Date.now() + limitMs
  for (;;) {
    try {
      return await look()
    } catch (error) {
      if (Date.now() > end) throw error
    }
    await pause(20)
  }
}
