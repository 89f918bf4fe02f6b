import { z } from 'zod'

/** ISO/IEC 7812-1 check digit. */
export function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    let digit = Number(digits[digits.length - 1 - i])
    if (i % 2 === 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2
    sum += digit
  }
  return sum % 10 === 0
}

/** A card as its holder types it. It exists on the way to `POST /v1/tokens` of payments and nowhere else: never store, log or trace it. */
export const Card = z
  .strictObject({
    number: z
      .string()
      .transform((text) => text.replace(/[ -]/g, ''))
      .pipe(
        z
          .string()
          .regex(/^\d{12,19}$/)
          .refine(passesLuhn, { params: { code: 'card-number' } }),
      ),
    /** MM/YY */
    expiry: z.string().regex(/^(0[1-9]|1[0-2])\/\d{2}$/),
    cvc: z.string().regex(/^\d{3,4}$/),
  })
  .meta({ id: 'Card' })
export type Card = z.infer<typeof Card>

/** A card is good through the last day of the month on it, told by UTC. `expiry` is MM/YY. */
export function cardHasExpired(expiry: string, now: Date): boolean {
  const [month = 0, year = 0] = expiry.split('/').map(Number)
  return now.getTime() >= Date.UTC(2000 + year, month, 1)
}

/** What the demo acquirer does with a card, by its number. */
export type TestCard = {
  number: string
  behaviour: 'approve' | 'decline' | 'insufficient-funds' | 'timeout-after-charge' | 'fail-once'
}
export const testCards: readonly TestCard[] = [
  { number: '4242424242424242', behaviour: 'approve' },
  { number: '4000000000000002', behaviour: 'decline' },
  { number: '4000000000009995', behaviour: 'insufficient-funds' },
  { number: '4000000000000259', behaviour: 'timeout-after-charge' },
  { number: '4000000000000341', behaviour: 'fail-once' },
]
