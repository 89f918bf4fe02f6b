/** Live views of orders as Server-Sent Events (WHATWG HTML, 9.2). A stream ends with its order, with its reader, or with this replica. */
import { Readable } from 'node:stream'
import { SHUTDOWN } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { OrderWatch } from '../events/order-watch.ts'
import { OrderStore } from '../persistence/order-store.ts'
import { eventFrames } from './event-frames.ts'

/** Shorter than what proxies take for silence. */
const heartbeatMs = 15_000

@Injectable()
export class OrderStreams {
  constructor(
    private readonly orders: OrderStore,
    private readonly watch: OrderWatch,
    /** Aborted before the sidecar drains, which waits for what is in flight: a stream that heard of it only then would hold it up. */
    @Inject(SHUTDOWN) private readonly shutdown: AbortSignal,
  ) {}

  /** Null where the customer has no such order. */
  async open(customerId: string, orderId: string): Promise<Readable | null> {
    if ((await this.orders.find(customerId, orderId)) === null) return null
    const reader = new AbortController()
    const states = this.watch.follow(customerId, orderId, AbortSignal.any([reader.signal, this.shutdown]))
    const stream = Readable.from(eventFrames(states, heartbeatMs), { objectMode: false })
    stream.once('close', () => reader.abort())
    return stream
  }
}
