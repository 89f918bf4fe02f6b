/** The door for the merchant: HTTPS, an API key, levers, and one log line a call. */
import { createHash, timingSafeEqual } from 'node:crypto'
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Log, wordsOf } from '@meshmart/contracts/log'
import type { Levers } from '../levers.ts'
import { answerTo, Refusal, type Answer } from './answer.ts'
import { LOST, type MerchantApi } from './merchant-api.ts'

/** Longer than any caller waits. */
const LOST_AFTER_MS = 20_000

/** Longer than a sidecar keeps a resting connection, so that it is the caller who closes it and no call meets a closed door. */
const KEEP_ALIVE_MS = 75_000

export interface MerchantDoor {
  readonly api: Pick<MerchantApi, 'answer'>
  readonly apiKey: string
  readonly levers: () => Levers
  /** In [0, 1). */
  readonly random: () => number
  readonly log: Log
  readonly tls: { readonly certFile: string; readonly keyFile: string } | null
}

/** Not listening yet. */
export function merchantServer(door: MerchantDoor): http.Server {
  const listener: http.RequestListener = (request, response) => void serve(door, request, response)
  if (door.tls === null) return http.createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, listener)
  const { certFile, keyFile } = door.tls
  return https.createServer(
    {
      cert: readFileSync(certFile),
      key: readFileSync(keyFile),
      minVersion: 'TLSv1.2',
      keepAliveTimeout: KEEP_ALIVE_MS,
    },
    listener,
  )
}

async function serve(door: MerchantDoor, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const started = performance.now()
  const answer = await answerOf(door, request)
  const { latencyMs } = door.levers()
  if (latencyMs > 0) await sleep(latencyMs)
  door.log.write('info', 'call', {
    call: `${request.method} ${(request.url ?? '').split('?')[0]}`,
    status: answer === LOST ? 'lost' : answer.status,
    ms: Math.round((performance.now() - started) * 10) / 10,
  })
  if (answer === LOST) {
    await sleep(LOST_AFTER_MS, undefined, { ref: false })
    response.destroy()
    return
  }
  const body = JSON.stringify(answer.body)
  response.writeHead(answer.status, {
    'content-type': answer.status < 400 ? 'application/json' : 'application/problem+json',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

async function answerOf(door: MerchantDoor, request: http.IncomingMessage): Promise<Answer | typeof LOST> {
  try {
    if (!proves(request.headers.authorization, door.apiKey)) throw new Refusal('not-signed-in')
    if (door.random() < door.levers().outages)
      throw new Refusal('upstream-unavailable', 'out of order; nothing was done')
    return await door.api.answer(request)
  } catch (error) {
    if (error instanceof Refusal) return answerTo(error)
    door.log.write('error', 'a call failed', { error: wordsOf(error) })
    return answerTo(new Refusal('internal-error'))
  }
}

/** By hashes of equal length: how long it takes tells nothing of the key. */
function proves(authorization: string | undefined, apiKey: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return timingSafeEqual(hash(authorization ?? ''), hash(`Bearer ${apiKey}`))
}
