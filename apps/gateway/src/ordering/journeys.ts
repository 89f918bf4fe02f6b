import { isFinalOrderState, type Journey, type Order } from '@meshmart/contracts'
import { ProblemException } from '@meshmart/service-kit'
import { Injectable } from '@nestjs/common'
import { TracesClient } from '../clients/traces.client.ts'
import { buildJourney } from '../domain/journey.ts'

@Injectable()
export class Journeys {
  constructor(private readonly traces: TracesClient) {}

  /** @throws ProblemException `not-found` where the trace is no longer, or not yet, in the control plane's store */
  async of(order: Order): Promise<Journey> {
    const trace = await this.traces.find(order.traceId)
    const journey = buildJourney(trace, { id: order.id, final: isFinalOrderState(order.state) })
    if (journey === null) throw new ProblemException('not-found')
    return journey
  }
}
