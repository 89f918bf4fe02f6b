/** `npm run reset`: wipes data, secrets and logs of this machine's shop; the downloads stay. */
import { rmSync } from 'node:fs'
import { homeOf } from './home.ts'
import { runningShop } from './lock.ts'
import { readSettings } from './settings.ts'

const home = homeOf(readSettings(process.env))
const running = runningShop(home.lock)
if (running !== undefined) {
  console.error(
    `Meshmart runs (pid ${running.owner.pid}) on ${running.url}.\nRemedy: stop it first, with Ctrl-C there or: kill ${running.owner.pid}`,
  )
  process.exitCode = 1
} else {
  for (const folder of [...home.data, home.secrets, home.mesh, home.logs])
    rmSync(folder, { recursive: true, force: true })
  console.log('Wiped: databases, streams, secrets and logs. The next npm start begins anew.')
}
