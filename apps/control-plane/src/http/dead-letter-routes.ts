/** Dead letters over HTTPS, for operators and for the back office: an event tells who bought what. */
import { DeadLetterChange, type DeadLetterOutcome } from '@meshmart/contracts'
import type { DeadLetters } from '../events/dead-letters.ts'
import type { PageQuery } from '../events/letters.ts'
import { readBody } from './body.ts'
import { onlyDeadLetterDesk, onlyOperators } from './caller.ts'
import { HttpProblem } from './problem.ts'
import { wholeNumber, type Answer, type Call, type Route } from './route.ts'

const MAX_BYTES = 65_536
const MOST = 1_000
const USUAL = 50

export function deadLetterRoutes(letters: DeadLetters): readonly Route[] {
  type Act = (sequences: readonly number[], by: string) => Promise<DeadLetterOutcome>
  const change =
    (act: Act) =>
    async (call: Call): Promise<Answer> => {
      const by = onlyDeadLetterDesk(call)
      const { sequences } = await readBody(call.request, DeadLetterChange, MAX_BYTES)
      return { status: 200, body: await act(sequences, by) }
    }
  return [
    {
      method: 'GET',
      path: /^\/v1\/dead-letters$/,
      handle: async (call) => {
        onlyDeadLetterDesk(call)
        return { status: 200, body: await letters.list(pageOf(call)) }
      },
    },
    {
      method: 'GET',
      path: /^\/v1\/dead-letters\/discarded$/,
      handle: async (call) => {
        onlyOperators(call.peer)
        return { status: 200, body: await letters.discarded(pageOf(call)) }
      },
    },
    {
      method: 'GET',
      path: /^\/v1\/dead-letters\/([1-9]\d{0,14})$/,
      handle: async ({ peer, parameters: [sequence = ''] }) => {
        onlyOperators(peer)
        const letter = await letters.read(Number(sequence))
        if (letter === undefined) {
          throw new HttpProblem('not-found', { detail: `No dead letter has the sequence ${sequence}.` })
        }
        return { status: 200, body: letter }
      },
    },
    {
      method: 'POST',
      path: /^\/v1\/dead-letters\/replay$/,
      handle: change((sequences, by) => letters.replay(sequences, by)),
    },
    {
      method: 'POST',
      path: /^\/v1\/dead-letters\/discard$/,
      handle: change((sequences, by) => letters.discard(sequences, by)),
    },
  ]
}

/** @throws HttpProblem 400 */
function pageOf({ query }: Call): PageQuery {
  const service = query.get('service')
  if (service !== null && !/^[a-z0-9-]{1,63}$/.test(service)) {
    throw new HttpProblem('invalid-request', { detail: 'service: no name of a service' })
  }
  const after = wholeNumber(query, 'after', Number.MAX_SAFE_INTEGER - 1) ?? 0
  const limit = Math.max(1, wholeNumber(query, 'limit', MOST) ?? USUAL)
  return { service, after, limit }
}
