/** Reads a request to its end, throws it away and answers 200: for spans, which must have somewhere to go, and for bodies that fit nowhere. */
import { createServer } from 'node:http'

/** @returns its port on loopback; it does not keep this program alive */
export async function openSink(): Promise<number> {
  const server = createServer((request, response) => {
    request.resume().once('end', () => response.end('taken'))
  })
  server.requestTimeout = 0
  await new Promise<void>((open) => server.listen(0, '127.0.0.1', open))
  server.unref()
  return (server.address() as { port: number }).port
}
