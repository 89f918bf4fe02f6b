/**
 * Whether it was the acquirer that speaks, and lately: HMAC-SHA256 over time and body with the secret that both have. What was overheard is worth nothing after five
 * minutes; a clock that is further off than that is refused too, and nothing is lost by it: webhooks are hints, and what they hint at is asked for anyway.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

/** Either way: their clock may be ahead of ours. */
export const toleranceMs = 300_000

/** @param header the value of `Acquirer-Signature`, `t=<seconds>,v1=<hexadecimal>` */
export function isSigned(header: string | undefined, body: Buffer, secret: string, now: Date): boolean {
  const [, t, v1] = /^t=(\d{1,12}),v1=([0-9a-f]{64})$/.exec(header ?? '') ?? []
  if (t === undefined || v1 === undefined) return false
  if (Math.abs(Number(t) * 1000 - now.getTime()) > toleranceMs) return false
  const wanted = createHmac('sha256', secret).update(`${t}.`).update(body).digest()
  return timingSafeEqual(wanted, Buffer.from(v1, 'hex'))
}
