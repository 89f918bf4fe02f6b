import { Trace } from '@meshmart/contracts'
import { ServiceClient } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import { UPSTREAMS, type Upstreams } from './upstreams.ts'

/** The control plane's trace store. It is bounded: an old trace is `not-found`. */
@Injectable()
export class TracesClient {
  readonly #service: ServiceClient

  constructor(@Inject(UPSTREAMS) upstreams: Upstreams) {
    this.#service = new ServiceClient(upstreams.controlPlane)
  }

  find(traceId: string): Promise<Trace> {
    return this.#service.request('GET', `/v1/traces/${traceId}`, { answer: Trace })
  }
}
