/** An order's transitions as they happen, over server-sent events; it opens again by itself until the order is settled. */
import { isSettledOrder, Order } from '@meshmart/contracts'

/** After how long a stream that the server refused is opened again. */
const REOPEN_MS = 2_000

type Watcher = { onOrder: (order: Order) => void; onConnected: (connected: boolean) => void }

/** Watches until the order is settled. Returns how to stop earlier. */
export function watchOrder(id: string, { onOrder, onConnected }: Watcher): () => void {
  let source: EventSource
  let reopen: ReturnType<typeof setTimeout> | undefined
  const stop = () => {
    clearTimeout(reopen)
    source.close()
  }
  const open = () => {
    source = new EventSource(`/api/v1/orders/${id}/events`)
    source.addEventListener('open', () => onConnected(true))
    source.addEventListener('order', (event: MessageEvent<string>) => {
      const order = Order.parse(JSON.parse(event.data))
      // The server ends the stream when the order is settled; without closing here the browser would open it again for ever.
      if (isSettledOrder(order)) stop()
      onOrder(order)
    })
    source.addEventListener('error', () => {
      onConnected(false)
      // The browser opens a dropped connection again by itself, but gives up when the answer is an error.
      if (source.readyState === EventSource.CLOSED) reopen = setTimeout(open, REOPEN_MS)
    })
  }
  open()
  return stop
}
