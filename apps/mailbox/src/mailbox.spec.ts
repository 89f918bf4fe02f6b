/** E-mails over real SMTP connections, from the sender to what a reader is shown. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { MailboxDetail, MailboxIds, MailboxPage } from '@meshmart/contracts'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readSettings } from './settings.ts'
import { apiKey, MailboxUnderTest } from './testing/mailbox-under-test.ts'

let mailbox: MailboxUnderTest
beforeAll(async () => {
  mailbox = await MailboxUnderTest.start()
})
afterAll(() => mailbox.stop())

const page = async (query = '') => MailboxPage.parse((await mailbox.ask(`/v1/mails${query}`)).body)
const code = (error: { responseCode?: number }) => error.responseCode

describe('the mailbox', () => {
  it('keeps what was sent and shows it, in whatever language', async () => {
    const messageId = '<first@meshmart.example>'
    await mailbox.send({ messageId, subject: '您的订单 · your order', text: 'Thank you.\n.\n谢谢\n' })
    const { items } = await page()
    expect(items[0]).toMatchObject({ messageId, subject: '您的订单 · your order', to: ['ada@example.org'], copies: 1 })
    const detail = MailboxDetail.parse((await mailbox.ask(`/v1/mails/${items[0]!.id}`)).body)
    expect(detail.text?.replaceAll('\r\n', '\n')).toBe('Thank you.\n.\n谢谢\n')
    expect(detail.source).toContain('Message-ID: <first@meshmart.example>')
  })

  it('counts what comes again instead of keeping it twice, also after a restart', async () => {
    const mail = { messageId: '<again@meshmart.example>', subject: 'Once', text: 'once' }
    expect(await mailbox.send(mail)).toContain('Kept')
    expect(await mailbox.send(mail)).toContain('Known already')
    await mailbox.restart()
    await mailbox.send(mail)
    expect((await page()).items.filter(({ subject }) => subject === 'Once')).toMatchObject([{ copies: 3 }])
    expect(MailboxIds.parse((await mailbox.ask('/v1/message-ids')).body)['<again@meshmart.example>']).toBe(3)
  })

  it('gives page after page, newest first', async () => {
    for (const subject of ['one', 'two', 'three']) await mailbox.send({ subject, text: subject })
    const first = await page('?limit=2')
    expect(first.items.map(({ subject }) => subject)).toEqual(['three', 'two'])
    expect((await page(`?limit=1&cursor=${first.nextCursor}`)).items).toMatchObject([{ subject: 'one' }])
    expect((await mailbox.ask('/v1/mails?limit=0')).status).toBe(400)
    expect((await mailbox.ask('/v1/mails?cursor=x')).status).toBe(400)
    expect((await mailbox.ask('/v1/mails/999999')).status).toBe(404)
  })

  it('shows nothing without the key, and lets nobody change anything', async () => {
    expect((await mailbox.ask('/v1/mails', `${apiKey}0`)).status).toBe(401)
    expect((await mailbox.ask('/v1/mails', 'é')).status).toBe(401)
    expect((await mailbox.ask('/v1/mails', apiKey, 'DELETE')).status).toBe(405)
  })

  it('refuses some for good, some for now, and what is too large', async () => {
    const refusal = (to: string, text = 'x') => mailbox.send({ to, text }).then(() => 0, code)
    expect(await refusal('unknown@example.org')).toBe(550)
    expect(await refusal('busy@example.org')).toBe(450)
    expect(await refusal('ada@example.org', 'x'.repeat(300_000))).toBe(552)
  })

  it('goes on after a client that talks nonsense and leaves', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(mailbox.ports.smtpPort, '127.0.0.1', () =>
        socket.end('\0\xff GET / HTTP/1.1\r\n\r\nDATA\r\n'),
      )
      socket.resume().once('close', () => resolve())
    })
    expect(await mailbox.send({ text: 'still there' })).toContain('Kept')
  })
})

describe('beyond loopback', () => {
  it('is not opened without a certificate, and each wrong setting is named', () => {
    const wrong = {
      MAILBOX_ADDRESS: '0.0.0.0',
      MAILBOX_API_KEY: 'short',
      MAILBOX_SMTP_PORT: '70000',
      LOG_LEVEL: 'loud',
    }
    expect(() => readSettings(wrong)).toThrow(
      expect.objectContaining({
        message: [
          'settings: MAILBOX_API_KEY: must have at least 32 characters',
          'settings: MAILBOX_DIR: is missing',
          'settings: MAILBOX_TLS_CERT_FILE: is needed where it listens beyond loopback',
          'settings: LOG_LEVEL: must be debug, info, warn or error',
          'settings: MAILBOX_SMTP_PORT: must be a port, 0 to 65535',
        ].join('\n'),
      }),
    )
  })

  it('takes nothing in the clear where it has a certificate', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meshmart-mailbox-'))
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost']
    execFileSync('openssl', [...request, ...subject, '-keyout', keyFile, '-out', certFile], { stdio: 'ignore' })
    const secure = await MailboxUnderTest.start({ MAILBOX_TLS_CERT_FILE: certFile, MAILBOX_TLS_KEY_FILE: keyFile })
    const trust = { requireTLS: true, tls: { ca: readFileSync(certFile), servername: 'localhost' } }
    expect(await secure.send({ text: 'sealed' }, trust)).toContain('Kept')
    expect(await secure.send({ text: 'open' }, { ignoreTLS: true }).then(() => 0, code)).toBe(530)
    await secure.stop()
    rmSync(folder, { recursive: true })
  })
})
