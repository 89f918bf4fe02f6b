/** The text of an event stream: one `order` event for each state, and a comment where nothing happens for long. */
import type { StoredOrder } from '../persistence/order-view.ts'

const heartbeat = Symbol('heartbeat')

/** `id` counts the order's transitions. */
export const orderEvent = ({ order }: StoredOrder): string =>
  `id: ${order.history.length}\nevent: order\ndata: ${JSON.stringify(order)}\n\n`

/** Ends when `states` ends. */
export async function* eventFrames(
  states: AsyncGenerator<StoredOrder, void, void>,
  heartbeatMs: number,
): AsyncGenerator<string> {
  for (;;) {
    const next = states.next()
    let result = await nextOrHeartbeat(next, heartbeatMs)
    while (result === heartbeat) {
      yield ': heartbeat\n\n'
      result = await nextOrHeartbeat(next, heartbeatMs)
    }
    if (typeof result === 'symbol' || result.done) return
    yield orderEvent(result.value)
  }
}

async function nextOrHeartbeat<T>(next: Promise<T>, ms: number): Promise<T | typeof heartbeat> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<typeof heartbeat>((resolve) => {
    timer = setTimeout(() => resolve(heartbeat), ms)
  })
  try {
    return await Promise.race([next, silence])
  } finally {
    clearTimeout(timer)
  }
}
