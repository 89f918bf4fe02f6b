/** An answer of the mesh through node's response. Fields that layers have set on the response before stay, except where the answer says them itself. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Answer } from '../stack.ts'

export function writeAnswer(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  if (response.headersSent || response.destroyed) {
    response.destroy()
    return
  }
  // Who sends a body to somebody who will not read it gets its connection closed after the answer, not a hanging one.
  const unread = !request.complete
  response.writeHead(answer.status, unread ? { ...answer.headers, connection: 'close' } : answer.headers)
  response.end(request.method === 'HEAD' ? undefined : answer.body)
}
