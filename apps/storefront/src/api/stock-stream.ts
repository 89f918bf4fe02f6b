/** What is left of products, as it changes, over server-sent events. Each opening says what is true then, so nothing is missed by one that broke. */
import { StockNow } from '@meshmart/contracts'

/** After how long a stream that the server refused is opened again. */
const REOPEN_MS = 5_000

/**
 * Watches while the page can be seen: a browser opens few connections to one shop (six, in HTTP/1.1), and tabs in the background need none. Returns how to stop.
 */
export function watchStock(skus: readonly string[], onStock: (stock: StockNow) => void): () => void {
  let source: EventSource | undefined
  let reopen: ReturnType<typeof setTimeout> | undefined
  const close = () => {
    clearTimeout(reopen)
    source?.close()
    source = undefined
  }
  const open = () => {
    close()
    const stream = new EventSource(`/api/v1/stock/events?skus=${skus.join(',')}`)
    source = stream
    stream.addEventListener('stock', (event: MessageEvent<string>) => {
      const stock = StockNow.safeParse(JSON.parse(event.data))
      // A page may be older than the shop that answers it; then it keeps what it was loaded with.
      if (stock.success) onStock(stock.data)
    })
    stream.addEventListener('error', () => {
      // The browser opens a dropped connection again by itself, but gives up when the answer is an error.
      if (stream.readyState === EventSource.CLOSED) reopen = setTimeout(open, REOPEN_MS)
    })
  }
  const look = () => (document.hidden ? close() : open())
  document.addEventListener('visibilitychange', look)
  look()
  return () => {
    document.removeEventListener('visibilitychange', look)
    close()
  }
}
