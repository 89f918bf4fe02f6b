/** `npm run report [-- --quick] [-- --json FILE]`: start time and memory of the whole shop on this machine, and (without --quick) the time of npm test. */
import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { clone, startShop, wipe } from '../testing/shop-under-test.ts'
import { familyPssMb } from '../bench/harness/kernel.ts'
import { Results } from './results.ts'

const { values } = parseArgs({ options: { json: { type: 'string' }, quick: { type: 'boolean', default: false } } })
const results = new Results()
const say = (line: string): void => console.log(line)

say('Starting the shop with an empty home …')
const first = await startShop()
say('At rest for 15 s …')
await sleep(15_000)
const memory = Object.fromEntries(Object.entries(first.pids()).map(([name, pid]) => [name, familyPssMb(pid)]))
memory['start'] = familyPssMb(first.pid) - Object.values(memory).reduce((sum, mb) => sum + mb, 0)
const firstStop = await first.stop()
say('Starting it again with its data …')
const second = await startShop({ home: first.home })
const secondStop = await second.stop()
wipe(first.home)

results.add('start', 'empty home', { first_page_ms: first.startMs, stop_ms: firstStop.ms })
results.add('start', 'with data', { first_page_ms: second.startMs, stop_ms: secondStop.ms })
for (const [name, mb] of Object.entries(memory)) results.add('memory at rest', name, { pss_mb: mb })
const node = Object.entries(memory).filter(([name]) => !['postgres', 'nats', 'start'].includes(name))
const [largest, largestMb] = node.reduce((most, entry) => (entry[1] > most[1] ? entry : most))
const all = Object.values(memory).reduce((sum, mb) => sum + mb, 0)
results.add('memory at rest', 'everything', { pss_mb: all })
results.atMost('first page after npm start, empty home', first.startMs / 1000, 15, 's')
results.atMost('first page after npm start, with data', second.startMs / 1000, 15, 's')
results.atMost('Ctrl-C', Math.max(firstStop.ms, secondStop.ms) / 1000, 5, 's')
results.atMost('memory of everything at rest, sum of PSS', all, 1200, 'MB')
results.atMost(`memory of each Node process, largest: ${largest}`, largestMb, 120, 'MB')

if (!values.quick) {
  say('npm test …')
  const start = performance.now()
  const { status } = spawnSync('npm', ['test'], { cwd: clone, stdio: ['ignore', 'ignore', 'inherit'] })
  const minutes = (performance.now() - start) / 60_000
  results.add('npm test', status === 0 ? 'passed' : 'FAILED', { minutes })
  results.atMost('npm test', minutes, 8, 'min')
}
results.print()
results.write(values.json)
process.exitCode = results.targets.every((target) => target.met) ? 0 : 1
