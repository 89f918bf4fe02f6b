/** Spans of an application whose sidecar is another process: through the same door as its other requests, untraced. */
import { request, type Dispatcher } from 'undici'
import { runInContext, UNTRACED } from '../telemetry/context.ts'
import type { DeliverSpans } from '../telemetry/span-export.ts'

export function deliverThrough(dispatcher: Dispatcher): DeliverSpans {
  return async (url, headers, body, signal) => {
    const answer = await runInContext(UNTRACED, () =>
      request(url, { dispatcher, method: 'POST', headers: Object.fromEntries(headers), body, signal }),
    )
    await answer.body.dump()
    return answer.statusCode
  }
}
