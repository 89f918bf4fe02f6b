/** What the demo acquirer reads off a card number. Cards that are no test card are approved. */
import { type TestCard, testCards } from '@meshmart/contracts'

export type Behaviour = TestCard['behaviour']

export const behaviourOf = (number: string): Behaviour =>
  testCards.find((card) => card.number === number)?.behaviour ?? 'approve'

/** The scheme that the first digits (ISO/IEC 7812 issuer identification number) belong to. */
export function brandOf(number: string): string {
  if (number.startsWith('4')) return 'visa'
  if (/^(5[1-5]|2[2-7])/.test(number)) return 'mastercard'
  if (/^3[47]/.test(number)) return 'amex'
  return 'card'
}
