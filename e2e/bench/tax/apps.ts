/** The same two applications under every wiring: the first asks the second for each request that it gets, and hands the answer on. */
import type { RequestListener } from 'node:http'

export const answer = JSON.stringify({ sku: 'TEA-001', name: 'x'.repeat(162), stock: 12 }) // 200 bytes

export const callee: RequestListener = (request, response) => {
  request.resume()
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length }).end(answer)
}

export const caller: RequestListener = (request, response) => {
  request.resume()
  fetch(`http://orders${request.url}`, { method: request.method ?? 'GET' })
    .then(async (answered) => {
      const body = await answered.text()
      response.writeHead(answered.status, { 'content-type': 'application/json' }).end(body)
    })
    .catch((error: unknown) => response.writeHead(500).end(String(error)))
}
