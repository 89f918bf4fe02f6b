/** The stream of events over HTTPS, for operators alone. */
import type { EventLog } from '../events/event-log.ts'
import { onlyOperators } from './caller.ts'
import { wholeNumber, type Route } from './route.ts'

const MOST = 5_000
const USUAL = 1_000

export const eventLogRoutes = (log: EventLog): readonly Route[] => [
  {
    method: 'GET',
    path: /^\/v1\/events$/,
    handle: async ({ peer, query }) => {
      onlyOperators(peer)
      const after = wholeNumber(query, 'after', Number.MAX_SAFE_INTEGER) ?? 0
      const limit = Math.max(1, wholeNumber(query, 'limit', MOST) ?? USUAL)
      return { status: 200, body: await log.page(after, limit) }
    },
  },
]
