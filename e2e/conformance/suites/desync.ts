/**
 * aws/http-desync-guardian's corpus: requests that two servers in a row have been seen to understand differently, each with a verdict. Severe must never reach
 * the service, and the connection must end; Compliant must be served; whatever stands between is either refused or arrives as one request and no more.
 */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { exchangeRaw, type RawAnswer } from '../raw-exchange.ts'
import type { Outcome, Target } from '../target.ts'

const Case = z.object({
  file: z.string(),
  name: z.string(),
  method: z.string(),
  uri: z.string(),
  version: z.string(),
  fields: z.array(z.tuple([z.string(), z.string()])),
  tier: z.enum(['Compliant', 'Acceptable', 'Ambiguous', 'Severe']),
})
type Case = z.infer<typeof Case>

const ANSWER_MS = 3000
const CLOSE_MS = 300

export async function desync(target: Target): Promise<readonly Outcome[]> {
  const cases = z.array(Case).parse(await load('http-desync-guardian.json'))
  const deviations = z.record(z.string(), z.string()).parse(await load('http-desync-guardian.deviations.json'))
  const outcomes: Outcome[] = []
  for (const it of cases) {
    target.forget()
    const deviation = deviations[`${it.file}: ${it.name}`]
    const mustClose = it.tier !== 'Compliant' || deviation !== undefined
    const answer = await exchangeRaw(target, bytesOf(it), ANSWER_MS, mustClose ? CLOSE_MS : 0)
    const name = `${it.tier}: ${it.file}: ${it.name}`
    const failure = judge(it, answer, target)
    // Where the RFC lets a server refuse what the corpus calls compliant, both are right.
    const refused = deviation !== undefined && refusalFailure(answer, target) === null
    outcomes.push(refused ? { name, failure: null, deviation } : { name, failure })
  }
  return outcomes
}

function judge(it: Case, answer: RawAnswer, target: Target): string | null {
  if (target.malformed() > 0) return 'the service was sent something that is no HTTP'
  if (it.tier === 'Severe') return refusalFailure(answer, target)
  const arrived = target.seen().length
  if (it.tier === 'Compliant') {
    if (arrived !== 1) return `${arrived} requests arrived, wanted one; answered ${answer.finalStatus}`
    return answer.finalStatus === 200 ? null : `answered ${answer.finalStatus}`
  }
  if (arrived > 1) return `became ${arrived} requests`
  return arrived === 1 || answer.finalStatus >= 400 || answer.closed ? null : 'neither forwarded nor refused'
}

/** Refused: nothing arrived, the answer says so, and the connection ended, since nobody knows where the next request would begin. */
function refusalFailure(answer: RawAnswer, target: Target): string | null {
  if (target.seen().length > 0) return `forwarded as ${target.seen()[0]?.method} ${target.seen()[0]?.target}`
  if (answer.finalStatus !== 0 && answer.finalStatus < 400) return `answered ${answer.finalStatus}`
  return answer.closed ? null : `answered ${answer.finalStatus} but left the connection open`
}

/** The corpus says neither Host, where a field is not about it, nor bodies: they are added so that only what is tested is wrong. */
function bytesOf(it: Case): Buffer {
  const named = (wanted: string): string[] =>
    it.fields.filter(([name]) => name.toLowerCase() === wanted).map(([, value]) => value.trim())
  const fields = [...(named('host').length === 0 ? [['Host', 'desync.test'] as const] : []), ...it.fields]
  const version = it.version === '' ? '' : ` ${it.version}`
  const head = `${it.method} ${it.uri}${version}\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
  const [length] = named('content-length')
  const body =
    named('transfer-encoding').length > 0
      ? '5\r\nhello\r\n0\r\n\r\n'
      : length !== undefined && /^\d{1,7}$/.test(length)
        ? 'x'.repeat(Number(length))
        : ''
  // Characters up to U+00FF stand for bytes; the one target in Cyrillic is meant as UTF-8.
  return Buffer.concat([Buffer.from(head, isLatin1(head) ? 'latin1' : 'utf8'), Buffer.from(body, 'latin1')])
}

const isLatin1 = (text: string): boolean => [...text].every((character) => (character.codePointAt(0) ?? 0) <= 0xff)

async function load(name: string): Promise<unknown> {
  return JSON.parse(await readFile(new URL(`../data/${name}`, import.meta.url), 'utf8'))
}
