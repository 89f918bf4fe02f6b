/** The operator's door, on loopback: whether it is ready, and the levers. */
import http from 'node:http'
import { type Log, wordsOf } from '@meshmart/contracts/log'
import { LeverChange, type Levers } from '../levers.ts'
import { answerTo, Refusal, type Answer } from './answer.ts'
import { bodyOf } from './body.ts'

export interface AdminDoor {
  readonly ready: () => Promise<boolean>
  readonly levers: () => Levers
  readonly pull: (change: LeverChange) => void
  readonly log: Log
}

/** Not listening yet. */
export function adminServer(door: AdminDoor): http.Server {
  return http.createServer((request, response) => {
    void answerOf(door, request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`)
    })
  })
}

async function answerOf(door: AdminDoor, request: http.IncomingMessage): Promise<Answer> {
  try {
    switch (`${request.method} ${request.url}`) {
      case 'GET /healthz/live':
        return { status: 200, body: { status: 'live' } }
      case 'GET /healthz/ready': {
        const ready = await door.ready()
        return { status: ready ? 200 : 503, body: { status: ready ? 'ready' : 'not-ready' } }
      }
      case 'GET /levers':
        return { status: 200, body: door.levers() }
      case 'POST /levers':
        door.pull(await bodyOf(request, LeverChange))
        return { status: 200, body: door.levers() }
      default:
        throw new Refusal('not-found')
    }
  } catch (error) {
    if (error instanceof Refusal) return answerTo(error)
    door.log.write('error', 'an operator’s call failed', { error: wordsOf(error) })
    return answerTo(new Refusal('internal-error'))
  }
}
