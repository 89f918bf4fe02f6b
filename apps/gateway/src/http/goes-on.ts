import type { Order } from '@meshmart/contracts'
import type { Answered } from '@meshmart/service-kit'
import type { FastifyReply } from 'fastify'

/** 202: the order is not where it was sent to. `Location` says where to look (RFC 9110, 10.2.2), and `Retry-After` when. */
export function sayThatItGoesOn(reply: FastifyReply, answered: Answered<Order>): void {
  void reply.status(202).header('location', `/api/v1/orders/${answered.body.id}`)
  sayWhenToLook(reply, answered)
}

/** `Retry-After`: when a look is worth it, where orders knows (RFC 9110, 10.2.3). */
export function sayWhenToLook(reply: FastifyReply, { retryAfterMs }: Answered<unknown>): void {
  if (retryAfterMs !== null) void reply.header('retry-after', String(Math.ceil(retryAfterMs / 1000)))
}
