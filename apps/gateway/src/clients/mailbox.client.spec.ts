import { expect, it } from 'vitest'
import { MailboxClient } from './mailbox.client.ts'
import { upstreams } from './upstreams.ts'

it('a shop that has no key of a mailbox has no mailbox', () => {
  const client = new MailboxClient(upstreams, {})
  const absent = expect.objectContaining({ code: 'not-found', detail: 'This shop has no demo mailbox.' })
  expect(() => client.page(24, undefined)).toThrow(absent)
  expect(() => client.find(1)).toThrow(absent)
})
