/** Ports on loopback: which are free, and who has one that is not. */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/**
 * Below the ranges that Linux (32768) and macOS (49152) take the near ends of connections from: a process that is started again finds its port free, whatever
 * has been connected in between.
 */
const FIRST = 20_000
const LAST = 32_767

/** So many ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = randomInt(FIRST, LAST + 1)
    if (!ports.has(port) && (await isFree('127.0.0.1', port))) ports.add(port)
  }
  return [...ports]
}

export async function isFree(address: string, port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, address, () => server.close(() => resolve(true)))
  })
}
