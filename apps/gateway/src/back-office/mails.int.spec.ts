import { MailboxDetail, MailboxPage } from '@meshmart/contracts'
import { beforeAll, describe, expect, it } from 'vitest'
import { openShop, register, shop, visitor } from '../testing/open-shop.ts'
import { demoPassword } from '../testing/shop.ts'

openShop()
const mail: MailboxDetail = {
  id: 7,
  messageId: '<a@meshmart.example>',
  receivedAt: '2026-11-29T12:00:00.000Z',
  from: 'shop@meshmart.example',
  to: ['ada@example.org'],
  subject: 'Your order is confirmed',
  copies: 1,
  text: 'Thank you.',
  source: 'Subject: Your order is confirmed\r\n\r\nThank you.',
}
beforeAll(() => void shop.neighbours.mails.push(mail))

const ask = (path = '') => visitor.ask('GET', `/api/v1/admin/mails${path}`)
const signIn = (name: string) =>
  visitor.ask('POST', '/api/v1/session', { body: { email: `${name}@meshmart.example`, password: demoPassword } })

describe('the mailbox in the back office', () => {
  it.each(['staff', 'admin'])('is shown to %s', async (name) => {
    await signIn(name)
    const list = await ask('?limit=5')
    expect(list.headers['cache-control']).toBe('no-store')
    const { text: _text, source: _source, ...entry } = mail
    expect(MailboxPage.parse(list.json())).toEqual({ items: [entry], nextCursor: null })
    expect(MailboxDetail.parse((await ask('/7')).json())).toEqual(mail)
    expect((await ask('/8')).statusCode).toBe(404)
    expect((await ask('/x')).statusCode).toBe(404)
    expect((await ask('?cursor=x')).statusCode).toBe(400)
  })

  it('is shown to nobody else', async () => {
    expect((await ask()).statusCode).toBe(401)
    await register()
    expect((await ask()).json()).toMatchObject({ status: 403, code: 'not-allowed' })
    expect((await ask('/7')).statusCode).toBe(403)
    expect(shop.neighbours.asked.filter(({ path }) => path.startsWith('/v1/mails'))).toEqual([])
  })

  it('says so where the mailbox is away', async () => {
    await signIn('staff')
    shop.neighbours.broken.add('mailbox')
    expect((await ask()).statusCode).toBe(503)
    shop.neighbours.broken.delete('mailbox')
  })
})
