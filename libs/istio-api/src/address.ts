/** IP addresses as texts. */
import { ipBlockProblem } from '@meshmart/mesh-policy'

/** An address, without a block's length. */
export function isAddress(text: string): boolean {
  return !text.includes('/') && ipBlockProblem(text) === null
}
