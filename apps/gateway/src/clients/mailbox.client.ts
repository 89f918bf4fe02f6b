/** The demo's mailbox, which is outside of the mesh: there is one where this process has its key. */
import { MailboxDetail, MailboxPage } from '@meshmart/contracts'
import { ProblemException, ServiceClient, SETTINGS } from '@meshmart/service-kit'
import { Inject, Injectable } from '@nestjs/common'
import type { Settings } from '../settings.ts'
import { UPSTREAMS, type Upstreams } from './upstreams.ts'

@Injectable()
export class MailboxClient {
  readonly #service: ServiceClient
  readonly #key: string | undefined

  constructor(
    @Inject(UPSTREAMS) upstreams: Upstreams,
    @Inject(SETTINGS) { MAILBOX_API_KEY }: Pick<Settings, 'MAILBOX_API_KEY'>,
  ) {
    this.#service = new ServiceClient(upstreams.mailbox)
    this.#key = MAILBOX_API_KEY
  }

  /** Newest first. @throws ProblemException `not-found` where this shop has no mailbox: its e-mails go out into the world */
  page(limit: number, cursor: string | undefined): Promise<MailboxPage> {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor === undefined ? {} : { cursor }) })
    return this.#service.request('GET', `/v1/mails?${query}`, { headers: this.#headers(), answer: MailboxPage })
  }

  find(id: number): Promise<MailboxDetail> {
    return this.#service.request('GET', `/v1/mails/${id}`, { headers: this.#headers(), answer: MailboxDetail })
  }

  #headers(): Record<string, string> {
    if (this.#key === undefined) throw new ProblemException('not-found', { detail: 'This shop has no demo mailbox.' })
    return { authorization: `Bearer ${this.#key}` }
  }
}
