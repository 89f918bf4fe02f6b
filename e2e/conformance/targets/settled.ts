/** A mesh is ready when its first request has come through: policy, endpoints and certificates arrive one after the other. */
import { exchangeRaw } from '../raw-exchange.ts'
import type { Target } from '../target.ts'

const WITHIN_MS = 20_000
const ASK_EVERY_MS = 100

/**
 * @param gone why it never will, where that is known
 * @throws Error with the last status where no request is served within 20 s
 */
export async function settled(target: Target, gone: () => string | null = () => null): Promise<void> {
  const until = Date.now() + WITHIN_MS
  const request = Buffer.from('GET / HTTP/1.1\r\nHost: settled.test\r\nConnection: close\r\n\r\n')
  let status = 0
  while (Date.now() < until && gone() === null) {
    status = (await exchangeRaw(target, request, 2000)).finalStatus
    if (status === 200) return
    await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS))
  }
  throw new Error(`conformance: ${target.name}: does not serve: ${gone() ?? `last status ${status}`}`)
}
