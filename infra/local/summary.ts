/** What `npm start` prints once everything is up. */
import { join, relative } from 'node:path'
import type { Home } from './home.ts'
import { readLock } from './lock.ts'

export function summary({ url, home, demoPassword }: { url: string; home: Home; demoPassword: string }): string {
  const children = readLock(home.lock)?.children ?? []
  const log = (name: string): string => relative(process.cwd(), join(home.logs, `${name}.log`))
  const rows = children.map(({ name, pid }) => `  ${name.padEnd(15)} ${String(pid).padEnd(8)} ${log(name)}`)
  return [
    '',
    `  ${'process'.padEnd(15)} ${'pid'.padEnd(8)} log`,
    ...rows.sort(),
    '',
    `  Shop           ${url}/`,
    `  API            ${url}/api/v1/products`,
    `  API reference  ${url}/api/docs`,
    '',
    `  Demo sign-in   demo@meshmart.example   ${demoPassword}`,
    `  Admin          admin@meshmart.example  ${demoPassword}`,
    '',
    '  Break it: kill -9 one of orders, payments or inventory while you buy. Ctrl-C stops everything.',
    '',
  ].join('\n')
}
