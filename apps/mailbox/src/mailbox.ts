/** The mailbox, put together: a store, the door for SMTP, the door for readers, and the operator's. */
import http from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { Log } from '@meshmart/contracts/log'
import { readApi } from './http/read-api.ts'
import type { Settings } from './settings.ts'
import { smtpDoor } from './smtp-door.ts'
import { MailStore, type StoreLimits } from './store/mail-store.ts'

export interface Mailbox {
  readonly smtpPort: number
  readonly httpPort: number
  readonly adminPort: number
  stop(): Promise<void>
}

export async function startMailbox(settings: Settings, limits?: StoreLimits): Promise<Mailbox> {
  const log = new Log({ service: 'mailbox', level: settings.logLevel, print: (line) => process.stdout.write(line) })
  const store = MailStore.open(settings.directory, limits)
  const smtp = smtpDoor(settings, store, log)
  const readers = readApi(settings, store, log)
  const operator = http.createServer(({ url }, response) => {
    // Its store was opened before anything listened, so whoever is answered is answered by one that is ready.
    response.writeHead(url === '/healthz/ready' || url === '/healthz/live' ? 200 : 404).end()
  })
  await listening(smtp.listen(settings.smtpPort, settings.address))
  await listening(readers.listen(settings.httpPort, settings.address))
  await listening(operator.listen(settings.adminPort, '127.0.0.1'))
  const ports = { smtpPort: portOf(smtp.server), httpPort: portOf(readers), adminPort: portOf(operator) }
  log.write('info', 'ready', { ...ports, mails: store.size })
  return {
    ...ports,
    stop: async () => {
      await Promise.all([new Promise<void>((resolve) => smtp.close(resolve)), close(readers), close(operator)])
      await store.close()
    },
  }
}

const listening = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.once('error', reject)
    server.once('listening', resolve)
  })

const portOf = (server: Server): number => (server.address() as AddressInfo).port

async function close(server: http.Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}
