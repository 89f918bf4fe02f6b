/** `npm start`: the whole shop on this machine, until Ctrl-C. */
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { prepareAcquirer } from './acquirer.ts'
import { prepareMailbox } from './mailbox.ts'
import { homeOf, type Home } from './home.ts'
import { Lock } from './lock.ts'
import { choosePorts } from './doors.ts'
import { readOptions } from './options.ts'
import { isFree } from './ports.ts'
import { readablePassword, secret } from './secrets.ts'
import { clone, readSettings, type LocalSettings } from './settings.ts'
import { Shop } from './shop.ts'
import { summary } from './summary.ts'

const NEEDED_BYTES = 500 * 1024 * 1024
const LARGEST_LOG_BYTES = 50 * 1024 * 1024

const say = (line: string): void => console.log(line)

async function main(): Promise<number> {
  const { verbose, placement } = readOptions(process.argv.slice(2))
  const settings = readSettings(process.env)
  const home = homeOf(settings)
  const url = `http://${settings.PUBLIC_ADDRESS === '127.0.0.1' ? 'localhost' : settings.PUBLIC_ADDRESS}:${settings.PUBLIC_PORT}`
  const lock = await Lock.take(home.lock, url, say)
  try {
    await checkMachine(settings, home)
    secret(join(home.secrets, 'session'))
    const demoPassword = secret(join(home.secrets, 'demo-password'), readablePassword)
    const ports = await choosePorts(placement)
    prepareAcquirer(home, ports.acquirer)
    prepareMailbox(home, ports.mailboxHttp)
    const shop = new Shop({ settings, home, ports, say }, lock, verbose)
    const asked = Promise.race(
      (['SIGINT', 'SIGTERM'] as const).map(
        (signal) => new Promise<void>((resolve) => process.on(signal, () => resolve())),
      ),
    )
    try {
      const up = await Promise.race([shop.start().then(() => true), asked.then(() => false)])
      if (up) {
        say(summary({ url, home, demoPassword, placement }))
        await Promise.race([asked, shop.crashed])
      }
    } finally {
      say('\nStopping …')
      await shop.stop()
    }
    say('Stopped. The data stays; npm start goes on with it, npm run reset wipes it.')
    return 0
  } finally {
    lock.release()
  }
}

async function checkMachine({ PUBLIC_ADDRESS, PUBLIC_PORT }: LocalSettings, home: Home): Promise<void> {
  if (!(await isFree(PUBLIC_ADDRESS, PUBLIC_PORT))) {
    throw new Error(
      `Port ${PUBLIC_PORT} on ${PUBLIC_ADDRESS} is taken by another program.\nRemedy: stop it, or choose another port: PUBLIC_PORT=8081 npm start`,
    )
  }
  mkdirSync(home.logs, { recursive: true })
  for (const folder of [home.root, existsSync(home.postgres) ? home.postgres : home.root]) {
    const { bavail, bsize } = statfsSync(folder)
    if (bavail * bsize < NEEDED_BYTES) {
      throw new Error(
        `The disk of ${folder} has only ${Math.round((bavail * bsize) / 1024 / 1024)} MB left; ${NEEDED_BYTES / 1024 / 1024} MB are needed.\nRemedy: make room, or keep the data elsewhere: MESHMART_HOME=/path npm start`,
      )
    }
  }
  if (!existsSync(join(clone, 'apps/gateway/dist/main.js')))
    throw new Error('The project is not built.\nRemedy: npm run build')
  for (const name of readdirSync(home.logs)) {
    const log = join(home.logs, name)
    if (statSync(log).size > LARGEST_LOG_BYTES) rmSync(log)
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
}
