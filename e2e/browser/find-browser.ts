/** A Chromium for the browser tests: on PATH, else playwright's own download, else Debian's package; else it says what to install. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { chromium } from 'playwright-core'

const names = ['google-chrome', 'google-chrome-stable', 'chromium', 'chromium-browser']

export function findBrowser(): string {
  return onPath() ?? downloaded() ?? debianPackage() ?? missing()
}

function onPath(): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(':').filter(Boolean)
  const macOs = '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'
  return [...folders.flatMap((folder) => names.map((name) => join(folder, name))), macOs].find((path) =>
    existsSync(path),
  )
}

function downloaded(): string | undefined {
  if (!existsSync(chromium.executablePath())) {
    const cli = join(dirname(createRequire(import.meta.url).resolve('playwright-core/package.json')), 'cli.js')
    const playwright = (command: string) =>
      spawnSync(process.execPath, [cli, command, 'chromium'], { stdio: 'inherit', timeout: 120_000 }).status === 0
    // The libraries that it needs come from the system's packages, which only root may install.
    if (playwright('install') && process.getuid?.() === 0) playwright('install-deps')
  }
  return existsSync(chromium.executablePath()) ? chromium.executablePath() : undefined
}

function debianPackage(): string | undefined {
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) return undefined
  console.log('Installing Debian’s chromium …')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  execFileSync('apt-get', ['update', '-qq'], { env, stdio: 'inherit' })
  execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-noto-cjk'], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  return onPath()
}

function missing(): never {
  throw new Error(
    'The browser test needs Chrome or Chromium.\nRemedy: install one so that google-chrome or chromium is on PATH',
  )
}
