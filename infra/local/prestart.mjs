/**
 * Before `npm start` and `npm test`: everything that a bare machine lacks. Runs on whatever Node the machine has and needs no package, for
 * there may be none yet. Installs when the lock file changed, builds when a source changed.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const clone = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const marks = join(clone, 'node_modules/.meshmart')
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)

if (major < 20 || (major === 20 && minor < 19)) {
  fail(
    `Node ${process.versions.node} is too old to install this project.`,
    'install Node 20.19 or newer from https://nodejs.org',
  )
}

step(
  'install',
  'Installing packages (once, about a minute)',
  [join(clone, 'package-lock.json'), join(clone, 'package.json')],
  () => run('npm', ['ci', '--no-fund', '--no-audit']),
)
step('build', 'Building', sources(), () => run('npm', ['run', '--silent', 'build']))

/** Does the work unless it was done for exactly these files. */
function step(name, title, files, work) {
  const mark = join(marks, name)
  const hash = createHash('sha256')
  for (const file of files) hash.update(file).update(readFileSync(file))
  const now = hash.digest('hex')
  if (existsSync(mark) && readFileSync(mark, 'utf8') === now) return
  console.log(`${title} …`)
  const start = Date.now()
  work()
  mkdirSync(marks, { recursive: true })
  writeFileSync(mark, now)
  console.log(`  done in ${Math.round((Date.now() - start) / 1000)} s`)
}

function run(command, args) {
  const env = { ...process.env, PATH: [join(clone, 'node_modules/.bin'), process.env.PATH].join(delimiter) }
  const { status, error } = spawnSync(command, args, {
    cwd: clone,
    env,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0)
    fail(
      `${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ''}.`,
      'read the lines above; then rm -rf node_modules and try again',
    )
}

/** Every file that the build reads: what git tracks or would track below apps and libs. */
function sources() {
  const list = (...args) =>
    execFileSync('git', ['ls-files', '-z', ...args], { cwd: clone, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
  try {
    const names = list(
      '--cached',
      '--others',
      '--exclude-standard',
      '--',
      'apps',
      'libs',
      'tsconfig.base.json',
      'tsconfig.json',
      'package-lock.json',
    )
    return names
      .split('\0')
      .filter((name) => name !== '' && existsSync(join(clone, name)))
      .sort()
      .map((name) => join(clone, name))
  } catch {
    fail('git is needed to see what has to be built.', 'install git and work in a clone of the repository')
  }
}

function fail(what, remedy) {
  console.error(`\n${what}\nRemedy: ${remedy}`)
  process.exit(1)
}
