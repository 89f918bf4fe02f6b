/**
 * Events that a service has given up. The control plane keeps them, and lets of all workloads the gateway alone look at them, replay and discard them; it writes down
 * which admin asked for it.
 */
import { type Account, type DeadLetterChange, DeadLetterList, DeadLetterOutcome } from '@meshmart/contracts'
import { ServiceClient } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { UPSTREAMS, type Upstreams } from '../clients/upstreams.ts'
import { searchOf } from './query-text.ts'
import { staffHeader } from './staff-header.ts'

@Injectable()
export class DeadLetterDesk {
  readonly #controlPlane: ServiceClient

  constructor(@Inject(UPSTREAMS) upstreams: Upstreams) {
    this.#controlPlane = new ServiceClient(upstreams.controlPlane)
  }

  list(query: { service?: string | undefined; limit: number }): Promise<DeadLetterList> {
    return this.#controlPlane.request('GET', `/v1/dead-letters?${searchOf(query)}`, { answer: DeadLetterList })
  }

  change(action: 'replay' | 'discard', body: DeadLetterChange, admin: Account): Promise<DeadLetterOutcome> {
    const call = { body, headers: staffHeader(admin), answer: DeadLetterOutcome }
    return this.#controlPlane.request('POST', `/v1/dead-letters/${action}`, call)
  }
}
