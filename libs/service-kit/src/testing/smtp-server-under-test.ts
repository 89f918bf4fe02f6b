/** A real SMTP server that can be told to make trouble, and that remembers what it was sent. */
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'

export class SmtpServerUnderTest {
  /** Whole messages, as they came. */
  readonly received: string[] = []
  /** Local parts of recipients that are answered with that code. */
  readonly refusals = new Map<string, number>()
  /** Connections that are cut off after the message was taken, before that is said. */
  cuts = 0
  readonly #server: SMTPServer

  constructor(options: SMTPServerOptions = {}) {
    this.#server = new SMTPServer({
      disabledCommands: options.key === undefined ? ['STARTTLS', 'AUTH'] : ['AUTH'],
      closeTimeout: 100,
      onRcptTo: ({ address }, _session, answer) => {
        const responseCode = this.refusals.get(address.split('@')[0]!)
        answer(responseCode === undefined ? null : Object.assign(new Error('no such mailbox'), { responseCode }))
      },
      onData: (stream, _session, answer) => {
        let text = ''
        stream.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')))
        stream.on('end', () => {
          this.received.push(text)
          if (this.cuts-- <= 0) return answer()
          for (const connection of this.#server.connections) (connection as { close(): void }).close()
        })
      },
      ...options,
    })
    this.#server.on('error', () => undefined) // connections that a test breaks
  }

  /** @returns its port on loopback */
  async start(port = 0): Promise<number> {
    const listener = this.#server.listen(port, '127.0.0.1')
    await once(listener, 'listening')
    return (listener.address() as AddressInfo).port
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.#server.close(resolve))
  }

  /** How often a message with this subject has come, by Message-ID. */
  copies(subject: string): number[] {
    const ids = this.received
      .filter((text) => text.includes(`\r\nSubject: ${subject}\r\n`))
      .map((text) => /^Message-ID: (.+)\r$/im.exec(text)?.[1] ?? '')
    return [...Map.groupBy(ids, (id) => id).values()].map((each) => each.length)
  }
}
