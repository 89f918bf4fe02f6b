/** uNetworking/h1spec: 33 short dialogues with a server that echoes bodies. A case without a status wants the server to go on waiting for the rest. */
import { readFile } from 'node:fs/promises'
import { z } from 'zod'
import { bodyOf, exchangeRaw } from '../raw-exchange.ts'
import type { Outcome, Target } from '../target.ts'

const Case = z.object({
  description: z.string(),
  request: z.string(),
  /** Ranges, both ends included; empty: the server waits. */
  statuses: z.array(z.tuple([z.number(), z.number()])),
  body: z.string().optional(),
})

/** As in the original. */
const WAIT_MS = 500

export async function h1spec(target: Target): Promise<readonly Outcome[]> {
  const cases = z.array(Case).parse(JSON.parse(await readFile(new URL('../data/h1spec.json', import.meta.url), 'utf8')))
  return Promise.all(
    cases.map(async ({ description, request, statuses, body }) => {
      const answer = await exchangeRaw(target, Buffer.from(request, 'latin1'), WAIT_MS)
      return { name: description, failure: judge(answer, statuses, body) }
    }),
  )
}

function judge(
  { status, text, closed }: Awaited<ReturnType<typeof exchangeRaw>>,
  statuses: readonly (readonly [number, number])[],
  body: string | undefined,
): string | null {
  if (statuses.length === 0) return text === '' && !closed ? null : `did not wait: ${JSON.stringify(text.slice(0, 60))}`
  if (!statuses.some(([from, to]) => status >= from && status <= to)) {
    return `answered ${status === 0 ? 'nothing' : status}, wanted ${statuses.map(([from, to]) => `${from}–${to}`).join(' or ')}`
  }
  if (status !== 200 || body === undefined) return null
  return bodyOf(text) === body ? null : `echoed ${JSON.stringify(bodyOf(text))}, wanted ${JSON.stringify(body)}`
}
