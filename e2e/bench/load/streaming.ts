/** Two gibibytes each way, with a reader that stops for a while: what is added to memory is what the subject buffers. */
import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { rssMb } from '../harness/kernel.ts'
import type { Running } from '../harness/subject.ts'
import { sizes } from '../harness/upstream.ts'

const PAUSE_MS = 1000
const SAMPLE_MS = 20
const CHUNK = Buffer.alloc(65_536, 'x')

/** @returns by how many MB the resident set grew at most */
export async function rssAddedByStreaming(running: Running, bytes: number): Promise<number> {
  const before = rssMb(running.pids)
  let most = before
  const sampler = setInterval(() => (most = Math.max(most, rssMb(running.pids))), SAMPLE_MS)
  try {
    await download(running, bytes)
    await upload(running, bytes)
  } finally {
    clearInterval(sampler)
  }
  return most - before
}

const send = (
  { port, host }: Running,
  method: string,
  path: string,
  headers: Record<string, string | number>,
): ClientRequest => request({ host: '127.0.0.1', port, method, path, agent: false, headers: { host, ...headers } })

async function download(running: Running, bytes: number): Promise<void> {
  const outgoing = send(running, 'GET', '/items/2g', {})
  outgoing.end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  let received = 0
  let paused = false
  response.on('data', (chunk: Buffer) => {
    received += chunk.length
    if (paused || received < bytes / 4) {
      if (received >= bytes) response.destroy()
      return
    }
    paused = true
    response.pause()
    setTimeout(() => response.resume(), PAUSE_MS)
  })
  await once(response, 'close')
  if (received < Math.min(bytes, sizes['/items/2g'])) throw new Error(`the download ended after ${received} bytes`)
}

async function upload(running: Running, bytes: number): Promise<void> {
  const outgoing = send(running, 'POST', '/items/upload-2g', { 'content-length': bytes })
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>
  for (let sent = 0; sent < bytes; sent += CHUNK.length) if (!outgoing.write(CHUNK)) await once(outgoing, 'drain')
  outgoing.end()
  const [response] = await answered
  response.resume()
  await once(response, 'close')
  if (response.statusCode !== 200) throw new Error(`the upload was answered ${response.statusCode}`)
  await sleep(0)
}
