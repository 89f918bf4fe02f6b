/**
 * What has to be done and is refused: money that the acquirer does not give back, however often it is asked. To repeat it like a call that was lost would be to ask for
 * ever every few seconds, and to hide it among what mends itself. So it is told to staff, who settle it with whoever refuses and then have it tried again; by itself it
 * is tried once a day.
 */
import type { ProblemCode } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'

export interface Stuck {
  readonly kind: 'stuck'
  readonly reason: string
}

export const STUCK_AGAIN_MS = 24 * 60 * 60 * 1_000

/** The acquirer has said no, or has less of this payment than is to go back: neither has had an effect, and both stay so until somebody does something. */
const refusals: readonly ProblemCode[] = ['wrong-state', 'refund-exceeds-captured']

/** What became of a refund. Rejects where that is not known. */
export const refundOrStuck = <T>(refund: Promise<T>): Promise<T | Stuck> =>
  refund.catch((error: unknown) => {
    if (error instanceof ProblemException && refusals.includes(error.code))
      return { kind: 'stuck', reason: error.message } as const
    throw error
  })

export const isStuck = <T extends object>(result: T | Stuck): result is Stuck =>
  'kind' in result && result.kind === 'stuck'
