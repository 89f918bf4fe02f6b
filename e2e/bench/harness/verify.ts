/**
 * Whether a subject does what is claimed for it, asked before anything is measured: a proxy that skips the policy or the log would win. A
 * subject that fails here is left out and named.
 */
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { ask, type Answer, type Question } from './ask.ts'
import type { CertificateFiles } from './certificates.ts'
import { elsewherePrefixes, type Kind, type Running } from './subject.ts'
import { sizes } from './upstream.ts'

const LOG_WITHIN_MS = 5000
const REQUESTS_LOGGED = 20
/** Asked for by nothing else. */
const LOGGED_PATH = '/items/logged'

/** @returns what is wrong, in words; empty where all is as claimed */
export async function verify(kind: Kind, running: Running, stranger: CertificateFiles): Promise<string[]> {
  const wrong: string[] = []
  const { port, host, mtls } = running
  const through = (question: Omit<Question, 'port'>): Promise<Answer> => ask({ port, host, ...question })
  const expect = async (
    what: string,
    question: Omit<Question, 'port'>,
    fits: (answer: Answer) => boolean,
  ): Promise<void> => {
    const answer = await through(question).catch((error: unknown) => ({ status: 0, body: String(error) }))
    if (!fits(answer)) wrong.push(`${what}: got ${answer.status} ${JSON.stringify(answer.body.slice(0, 80))}`)
  }

  for (const path of ['/items/200', '/items/16k', '/items/1m'] as const)
    await expect(`GET ${path}`, { path }, ({ status, body }) => status === 200 && body.length === sizes[path])
  const upload = { path: '/items/upload', method: 'POST', body: Buffer.alloc(sizes['/items/1m'], 'x') }
  await expect('POST of 1 MiB', upload, ({ status, body }) => status === 200 && body === 'taken')
  if (kind !== 'inbound')
    for (const [index, prefix] of elsewherePrefixes.entries())
      await expect(`route ${prefix}`, { path: `${prefix}x` }, ({ body }) => body === `elsewhere ${index}`)
  if (kind !== 'outbound') {
    await expect(
      'a method that the policy does not name',
      { path: '/items/200', method: 'DELETE' },
      ({ status }) => status === 403,
    )
    await expect('a path that the policy does not name', { path: '/admin' }, ({ status }) => status === 403)
  }
  if (running.traces)
    await expect('traceparent upstream', { path: '/items/traceparent' }, ({ body }) =>
      /^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(body),
    )
  if (running.metrics !== null) {
    const { url, contains } = running.metrics
    const text = await fetch(url).then((response) => response.text(), String)
    if (!text.includes(contains)) wrong.push(`metrics at ${url}: no ${contains}`)
  }
  if (mtls !== null) wrong.push(...(await verifyMtls(mtls, stranger)))
  wrong.push(...(await verifyLogs(running.accessLogs, (path) => through({ path }))))
  return wrong
}

async function verifyMtls(
  { port, client }: NonNullable<Running['mtls']>,
  stranger: CertificateFiles,
): Promise<string[]> {
  const question = { port, host: 'orders', path: '/items/200' }
  const status = (tls?: Question['tls']): Promise<number> =>
    ask(tls === undefined ? question : { ...question, tls }).then(
      (answer) => answer.status,
      () => 0,
    )
  const wrong: string[] = []
  if ((await status(client)) !== 200) wrong.push('the server side refuses its own client side')
  // nginx completes the handshake and answers 400 where the certificate is missing or unknown: that is a refusal as well.
  const refused = (code: number): boolean => code === 0 || code === 400
  if (!refused(await status())) wrong.push('plaintext is let in')
  if (!refused(await status(null))) wrong.push('a client without a certificate is let in')
  if (!refused(await status({ certificate: stranger, root: client.root })))
    wrong.push('a certificate of an unknown authority is let in')
  return wrong
}

/** Whether each log gets a line for each request. @param request asks for this path */
export async function verifyLogs(
  accessLogs: readonly string[],
  request: (path: string) => Promise<Answer>,
): Promise<string[]> {
  const lines = (file: string): number => readFileSync(file, 'latin1').split(LOGGED_PATH).length - 1
  for (let index = 0; index < REQUESTS_LOGGED; index++) await request(LOGGED_PATH)
  const giveUpAt = performance.now() + LOG_WITHIN_MS
  const missing = (): string[] =>
    accessLogs.flatMap((file) => {
      const written = lines(file)
      return written === REQUESTS_LOGGED ? [] : [`${file}: ${written} lines for ${REQUESTS_LOGGED} requests`]
    })
  while (missing().length > 0 && performance.now() < giveUpAt) await sleep(100)
  return missing()
}
