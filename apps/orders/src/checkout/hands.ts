/**
 * What one replica does at the same time: a few things keep the machine busy, more would only make all of them late. New orders are taken in first: one that is stored
 * can be decided later, and a customer who gets no answer comes again and costs twice.
 */
import { type Lane, Turns } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'

/** One is always left for what is taken in already. */
const atOnce = 6
/** Longer than that is no work, it is a card or a product that nobody answers for. */
const takingInMs = 1_000
/** A checkout takes half of this where everything is as it should be. */
export const decidingMs = 300

@Injectable()
export class Hands {
  readonly #turns = new Turns(atOnce)
  /** Orders that are checked and stored. */
  readonly takingIn: Lane = this.#turns.lane({ atOnce: atOnce - 1, turnMs: takingInMs })
  /** Checkouts that are moved on. */
  readonly deciding: Lane = this.#turns.lane({ atOnce: 4, turnMs: decidingMs })
}
