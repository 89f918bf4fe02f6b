/**
 * What the merchant wants to hear. It is written down as a webhook in the statement that makes it happen; whoever sends it is woken once that is committed, so that
 * it leaves at once and nobody has to look for it all the time.
 */
import type { AcquirerEvent } from '@meshmart/contracts'

export class Telling {
  readonly types: readonly AcquirerEvent['type'][]
  readonly #wake: () => void
  constructor(types: readonly AcquirerEvent['type'][], wake: () => void) {
    this.types = types
    this.#wake = wake
  }

  /** To be called after the commit. */
  happened(type: AcquirerEvent['type']): void {
    if (this.types.includes(type)) this.#wake()
  }
}
