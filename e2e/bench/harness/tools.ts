import { spawnSync } from 'node:child_process'

const packages: Record<string, string> = {
  wrk: 'wrk',
  nginx: 'nginx',
  haproxy: 'haproxy',
  openssl: 'openssl',
  taskset: 'util-linux',
  python3: 'python3 python3-pip',
}

/** Throws one error that names everything that is missing, and how to get it. */
export function requireTools(names: readonly string[]): void {
  const missing = names.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0)
  if (process.platform !== 'linux')
    throw new Error('this benchmark pins processes and reads /proc: it runs on Linux only')
  if (missing.length === 0) return
  const wanted = missing.map((name) => packages[name] ?? name)
  throw new Error(`missing: ${missing.join(', ')}\nRemedy: apt-get install ${wanted.join(' ')}`)
}
