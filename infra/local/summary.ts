/** What `npm start` prints once everything is up. */
import { join, relative } from 'node:path'
import type { Home } from './home.ts'
import { readLock } from './lock.ts'
import type { Placement } from './options.ts'

/** Said where it is not the usual one; the gateway is an exception to it that nobody should have to find out. */
const PLACED: Record<Placement, string[]> = {
  embedded: [],
  process: [
    '  Every service runs behind a sidecar process; the gateway keeps its own embedded, for the public port.',
    '',
  ],
}

export function summary({
  url,
  home,
  demoPassword,
  placement,
}: {
  url: string
  home: Home
  demoPassword: string
  placement: Placement
}): string {
  const children = readLock(home.lock)?.children ?? []
  const log = (name: string): string => relative(process.cwd(), join(home.logs, `${name}.log`))
  const width = Math.max(15, ...children.map(({ name }) => name.length))
  const rows = children.map(({ name, pid }) => `  ${name.padEnd(width)} ${String(pid).padEnd(8)} ${log(name)}`)
  return [
    '',
    `  ${'process'.padEnd(width)} ${'pid'.padEnd(8)} log`,
    ...rows.sort(),
    '',
    ...PLACED[placement],
    `  Shop           ${url}/`,
    `  API            ${url}/api/v1/products`,
    `  API reference  ${url}/api/docs`,
    `  Back office    ${url}/admin, as staff or admin; e-mails: ${url}/admin/mails`,
    '',
    `  Demo sign-in   demo@meshmart.example   ${demoPassword}`,
    `  Staff          staff@meshmart.example  ${demoPassword}`,
    `  Admin          admin@meshmart.example  ${demoPassword}`,
    '',
    '  Break it: kill -9 one of orders, payments or inventory while you buy. Ctrl-C stops everything.',
    '',
  ].join('\n')
}
