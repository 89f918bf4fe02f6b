/** A mailbox of its own, and a sender that speaks to it as the shop's services do. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createTransport, type SendMailOptions } from 'nodemailer'
import { startMailbox, type Mailbox } from '../mailbox.ts'
import { readSettings } from '../settings.ts'

export const apiKey = 'the-api-key-of-the-test-reader-000000'

export class MailboxUnderTest {
  private constructor(
    private mailbox: Mailbox,
    private readonly directory: string,
    private readonly environment: Record<string, string>,
  ) {}

  static async start(environment: Record<string, string> = {}): Promise<MailboxUnderTest> {
    const directory = mkdtempSync(join(tmpdir(), 'meshmart-mailbox-'))
    const all = {
      MAILBOX_SMTP_PORT: '0',
      MAILBOX_HTTP_PORT: '0',
      MAILBOX_API_KEY: apiKey,
      MAILBOX_DIR: directory,
      LOG_LEVEL: 'error',
      ...environment,
    }
    return new MailboxUnderTest(await startMailbox(readSettings(all)), directory, all)
  }

  async restart(): Promise<void> {
    await this.mailbox.stop()
    this.mailbox = await startMailbox(readSettings(this.environment))
  }

  async stop(): Promise<void> {
    await this.mailbox.stop()
    rmSync(this.directory, { recursive: true })
  }

  get ports(): Mailbox {
    return this.mailbox
  }

  async send(mail: SendMailOptions, tls: object = {}): Promise<string> {
    const transport = createTransport({ host: '127.0.0.1', port: this.mailbox.smtpPort, ...tls })
    try {
      return (await transport.sendMail({ from: 'shop@meshmart.example', to: 'ada@example.org', ...mail })).response
    } finally {
      transport.close()
    }
  }

  async ask(path: string, key = apiKey, method = 'GET'): Promise<{ status: number; body: unknown }> {
    const url = `http://127.0.0.1:${this.mailbox.httpPort}${path}`
    const response = await fetch(url, { method, headers: { authorization: `Bearer ${key}` } })
    return { status: response.status, body: await response.json() }
  }
}
