/** How the merchant knows that it was us, and when: HMAC-SHA256 over the time and the body, with a secret that both have. */
import { createHmac } from 'node:crypto'

/** @returns the value of `Acquirer-Signature` */
export function signatureOf(secret: string, body: string, now: Date): string {
  const t = Math.floor(now.getTime() / 1000)
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`
}
